//! RSA signatures are made on a worker thread, and without a runtime if the program has none.

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use support::{Browser, set_cookies};
use unjwt::{Jwk, JwsKey, RequestContext, Session, Tokens};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "RS256"), name = "signed", max_age = "1h")]
struct Signed {
    sub: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jws(alg = "ES256"), name = "quick", max_age = "1h")]
struct Quick {
    sub: String,
}

fn ada() -> Signed {
    Signed { sub: "ada".to_owned() }
}

fn sessions() -> Tokens<Signed> {
    Signed::config(JwsKey::from_jwk(Jwk::generate("RS256").unwrap())).build().unwrap()
}

/// Waits for a future on this thread, which has no runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn first_poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_signature_is_not_made_on_the_async_thread() {
    let slow = sessions();
    // Now and then the worker is done before the first poll returns, but not each time.
    let is_pending = |poll: &dyn Fn() -> bool| (0..50).any(|_| poll());
    assert!(is_pending(&|| first_poll(slow.sign(&ada())).is_pending()));
    let context = RequestContext::new(&HeaderMap::new());
    assert!(is_pending(&|| first_poll(slow.replace(&context, ada())).is_pending()));
    let quick = Quick::config(JwsKey::from_jwk(Jwk::generate("ES256").unwrap())).build().unwrap();
    assert!(first_poll(quick.sign(&Quick { sub: "ada".to_owned() })).is_ready());
    // A verification takes a fiftieth of that.
    let cookie = slow.cookie_header(&ada()).unwrap();
    let context = RequestContext::new(&Browser::with(&cookie).request_headers());
    assert!(first_poll(slow.get(&context)).is_ready());
}

#[test]
fn no_runtime_is_needed_to_sign() {
    let sessions = sessions();
    let token = block_on(sessions.sign(&ada())).unwrap().token;
    assert_eq!(*block_on(sessions.verify_without_hooks(&token)).unwrap().data, ada());

    let context = RequestContext::new(&HeaderMap::new());
    block_on(sessions.replace(&context, ada())).unwrap();
    let mut answer = HeaderMap::new();
    context.finish(&mut answer);
    let mut browser = Browser::default();
    browser.take(&answer);

    let context = RequestContext::new(&browser.request_headers());
    let manager = block_on(sessions.manager(&context)).unwrap();
    block_on(manager.update_with(|data| data.sub.push('!'))).unwrap();
    let rotated = block_on(manager.rotate()).unwrap();
    assert_eq!(rotated.data.sub, "ada!");
    let mut answer = HeaderMap::new();
    context.finish(&mut answer);
    assert_eq!(set_cookies(&answer)[0].value, rotated.token.as_str());
}
