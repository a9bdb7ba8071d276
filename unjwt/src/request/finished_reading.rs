//! A reading that left nothing to do: most requests ask once for a session and never write it, and need no
//! [`Slot`](super::slot::Slot).

use std::sync::Arc;

use super::bare_session::BareSession;
use super::status::Status;
use crate::error::Error;
use crate::session::tokens::AnyTokens;

/// A request's session as it was when it was asked for.
pub(super) struct FinishedReading {
    pub(super) tokens: Arc<dyn AnyTokens>,
    pub(super) status: Status,
    /// Why there is no session, where a token came.
    pub(super) reason: Option<Error>,
    /// The session, where its data was handed out.
    pub(super) bare: Option<BareSession>,
    /// The numbers of the chunk cookies that the client holds.
    pub(super) held_chunks: Vec<usize>,
}
