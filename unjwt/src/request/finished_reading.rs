//! Readings that need no further work: most requests access a session once and never write it, so they need
//! no [`Slot`](super::slot::Slot).

use std::sync::Arc;

use super::bare_session::BareSession;
use super::status::Status;
use crate::error::Error;
use crate::session::tokens::AnyTokens;

/// A request's session as it was when it was requested.
pub(super) struct FinishedReading {
    pub(super) tokens: Arc<dyn AnyTokens>,
    pub(super) status: Status,
    /// The reason why there is no session, if the request brought a token.
    pub(super) reason: Option<Error>,
    /// The session, if its data was handed out.
    pub(super) bare: Option<BareSession>,
    /// The numbers of the chunk cookies that the client holds.
    pub(super) held_chunks: Vec<usize>,
}
