//! A reading that left nothing to do: most requests ask once for a session and never write it, and need no
//! [`Slot`](super::slot::Slot).

use std::sync::Arc;

use super::current::Status;
use super::lent::Lent;
use crate::session::tokens::AnyTokens;

/// What a request's session was when it was asked for.
pub(crate) struct Note {
    pub(crate) tokens: Arc<dyn AnyTokens>,
    pub(crate) status: Status,
    /// The session, where its data was handed out.
    pub(crate) lent: Option<Lent>,
    /// The numbers of the chunk cookies that the client holds.
    pub(crate) held_chunks: Vec<usize>,
}
