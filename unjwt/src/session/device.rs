//! A browser's requests for a bound session, and the answers, whatever carries them.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

use http::HeaderMap;

use super::SessionType;
use super::tokens::WeakTokens;
use crate::error::Error;

/// A browser's request for a bound session.
#[derive(Debug)]
pub struct DeviceRequest<'r> {
    /// The request's headers.
    pub(crate) headers: &'r HeaderMap,
    /// Its purpose.
    pub(crate) asks: Asks<'r>,
}

/// The purposes of a browser's requests for a bound session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asks<'r> {
    /// The registration of its device, with this proof.
    Start {
        /// The value of `Secure-Session-Response`.
        proof: &'r str,
    },
    /// The renewal of the session that it knows under this identifier, with a proof or without.
    Refresh {
        /// The value of `Sec-Secure-Session-Id`.
        id: &'r str,
        /// The value of `Secure-Session-Response`.
        proof: Option<&'r str>,
    },
}

/// The answer to a browser.
#[derive(Debug)]
pub enum DeviceAnswer {
    /// The session is bound, and renewed by the cookies of the response.
    Bound {
        /// The identifier by which the browser knows the session.
        id: String,
        /// The JSON of the answer.
        instructions: String,
        /// The challenge that the browser signs next time.
        challenge: Option<String>,
    },
    /// The browser is to sign this first.
    Challenged {
        /// The identifier by which it knows the session; `None` for a registration.
        id: Option<String>,
        /// The challenge.
        challenge: String,
    },
    /// The session is over, and the browser forgets it.
    Over {
        /// The JSON of the answer.
        instructions: String,
    },
    /// The request is refused, for this reason.
    Refused(&'static str),
    /// It is for another session.
    Foreign,
    /// The answer depends on something that fails.
    Failed(Error),
}

pub(crate) type DeviceFuture<'r> = Pin<Box<dyn Future<Output = DeviceAnswer> + Send + 'r>>;

pub(crate) type OfferFuture<'r> = Pin<Box<dyn Future<Output = ()> + Send + 'r>>;

/// A bound session of any type; `request` is the request's context.
pub(crate) trait BoundSession: Send + Sync {
    fn answer<'r>(
        &'r self,
        request: &'r (dyn Any + Send + Sync),
        asked: &'r DeviceRequest<'r>,
    ) -> DeviceFuture<'r>;
    /// Offers a registration with the response of the request; with `makes`, the session goes out with it.
    fn offer<'r>(
        &'r self,
        request: &'r (dyn Any + Send + Sync),
        subject: &'r str,
        makes: bool,
    ) -> OfferFuture<'r>;
}

/// A session whose tokens may be gone: neither its login nor its routes keep them.
pub(crate) struct Bound<T: SessionType>(pub(crate) WeakTokens<T>);

impl<T: SessionType> BoundSession for Bound<T> {
    fn answer<'r>(
        &'r self,
        request: &'r (dyn Any + Send + Sync),
        asked: &'r DeviceRequest<'r>,
    ) -> DeviceFuture<'r> {
        Box::pin(async move {
            match self.0.upgrade() {
                Some(tokens) => T::__answer(&tokens, request, asked).await,
                None => DeviceAnswer::Foreign,
            }
        })
    }

    fn offer<'r>(
        &'r self,
        request: &'r (dyn Any + Send + Sync),
        subject: &'r str,
        makes: bool,
    ) -> OfferFuture<'r> {
        Box::pin(async move {
            if let Some(tokens) = self.0.upgrade() {
                T::__offer(&tokens, request, subject, makes).await;
            }
        })
    }
}
