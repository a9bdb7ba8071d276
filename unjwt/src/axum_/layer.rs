//! The one layer: gives each request its context and writes the context's cookies into whatever response comes back.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use axum::http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::lifecycle::context::Context;
use crate::lifecycle::response::finish;

#[derive(Clone)]
pub(super) struct SessionLayer {
    state: Arc<dyn Any + Send + Sync>,
}

impl SessionLayer {
    pub(super) fn new<S: Send + Sync + 'static>(state: S) -> Self {
        Self { state: Arc::new(state) }
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, state: Arc::clone(&self.state) }
    }
}

#[derive(Clone)]
pub(super) struct SessionService<S> {
    inner: S,
    state: Arc<dyn Any + Send + Sync>,
}

impl<S, Req, Res> Service<Request<Req>> for SessionService<S>
where
    S: Service<Request<Req>, Response = Response<Res>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Req>) -> Self::Future {
        let context = Context::new(Arc::clone(&self.state));
        request.extensions_mut().insert(context.clone());
        ResponseFuture { inner: self.inner.call(request), context }
    }
}

pin_project! {
    pub(super) struct ResponseFuture<F> {
        #[pin]
        inner: F,
        context: Context,
    }
}

impl<F, Res, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Res>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        finish(this.context, response.headers_mut());
        Poll::Ready(Ok(response))
    }
}
