//! Sessions in a server of hyper alone: no router, and no framework.
//!
//! The layer of `unjwt::layer` gives each request its sessions and writes their cookies to the response. What is in
//! between is any tower service; here it is a function.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Context as _;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tower::{Layer as _, service_fn};
use unjwt::{JweKey, Session, SessionHandle, SessionState};
use unjwt_examples::{Args, random_secret};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "basket", max_age = "7D", header = false)]
struct Basket {
    items: Vec<String>,
}

#[derive(SessionState)]
struct App {
    basket: SessionHandle<Basket>,
}

async fn handle(app: Arc<App>, request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let (parts, _body) = request.into_parts();
    let answered = match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/") => show(&app, &parts).await,
        (&Method::POST, "/add") => add(&app, &parts).await,
        (&Method::POST, "/empty") => empty(&app, &parts).await,
        _ => Ok(answer(StatusCode::NOT_FOUND, "nothing here\n")),
    };
    // 401 without a session, 403 for the page of another site, 503 while something is out.
    Ok(answered.unwrap_or_else(|error| error.to_response().map(|()| String::new())))
}

async fn show(app: &App, parts: &Parts) -> Result<Response<String>, unjwt::Error> {
    let basket = app.basket.manager_of(parts).await?.require()?;
    Ok(answer(StatusCode::OK, basket.data.items.join("\n") + "\n"))
}

async fn add(app: &App, parts: &Parts) -> Result<Response<String>, unjwt::Error> {
    let item = parts.uri.query().unwrap_or("nothing").to_owned();
    let basket = app.basket.manager_of(parts).await?;
    let mut items = basket.current().map_or_else(Vec::new, |basket| basket.data.items.clone());
    items.push(item);
    basket.replace(Basket { items }).await?;
    Ok(answer(StatusCode::NO_CONTENT, ""))
}

async fn empty(app: &App, parts: &Parts) -> Result<Response<String>, unjwt::Error> {
    app.basket.manager_of(parts).await?.clear().await?;
    Ok(answer(StatusCode::NO_CONTENT, ""))
}

fn answer(status: StatusCode, body: impl Into<String>) -> Response<String> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse("plain-hyper [PORT]", &[])?;
    let config = Basket::config(JweKey::secret(random_secret()?)).insecure_cookies_for_local_http();
    let (sessions, app) = unjwt::layer(config, |basket| Arc::new(App { basket }))?;
    let service = TowerToHyperService::new(
        sessions.layer(service_fn(move |request| handle(Arc::clone(&app), request))),
    );

    let listener = TcpListener::bind(("127.0.0.1", args.port)).await.context("the port is taken")?;
    println!("open http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        let service = service.clone();
        tokio::spawn(async move {
            let connection = Builder::new(TokioExecutor::new());
            if let Err(error) = connection.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_keeps_its_shape() {
        unjwt::golden::check("plain-hyper/golden", [Basket { items: vec!["tea".to_owned()] }]);
    }
}
