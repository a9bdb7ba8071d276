//! The handlers. What each needs of a session is in its arguments.

use std::sync::Arc;

use axum::extract::{Form, FromRequestParts, Path, State};
use axum::http::{HeaderMap, StatusCode, request::Parts};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use unjwt::{Current, Fresh, LoginId, Logout, SessionManager, SessionRejection};
use unjwt_examples::label;

use crate::pages;
use crate::sessions::{Access, App, Cart, Flash, Login};
use crate::users::{LONGEST_PASSWORD, Role};

pub const CATALOGUE: [(&str, u32); 4] = [("tea", 5), ("coffee", 7), ("cocoa", 6), ("mug", 12)];
const PASSWORD: &str = "A password has 8 to 200 characters.";

pub fn router() -> axum::Router<Arc<App>> {
    axum::Router::new()
        .route("/", get(home))
        .route("/cart/{item}", post(add_to_cart))
        .route("/order", post(order))
        .route("/login", get(login_page).post(log_in))
        .route("/register", post(register))
        .route("/logout", post(log_out))
        .route("/account", get(account))
        .route("/account/password", post(change_password))
        .route("/account/devices/{id}", post(end_device))
        .route("/orders", get(orders))
}

/// The answer to what went wrong.
pub struct Failure(Response);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0
    }
}

impl From<unjwt::Error> for Failure {
    fn from(error: unjwt::Error) -> Self {
        Self(error.into_response())
    }
}

impl From<SessionRejection> for Failure {
    fn from(none: SessionRejection) -> Self {
        // A login does not help during an outage.
        let answer =
            if none.needs_sign_in() { Redirect::to("/login").into_response() } else { none.into_response() };
        Self(answer)
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        tracing::error!(%error, "a request failed");
        Self(StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

/// Redirects to a page that shows the text.
async fn redirect_with(flash: &SessionManager<Flash>, text: &str, page: &str) -> Result<Redirect, Failure> {
    flash.replace(Flash { text: text.to_owned() }).await?;
    Ok(Redirect::to(page))
}

/// Returns the text to show on this page, once: it is read and cleared in one step.
async fn notice(flash: &SessionManager<Flash>) -> Result<Option<String>, Failure> {
    Ok(flash.take().await?.map(|flash| flash.data.text.clone()))
}

async fn home(
    access: Option<Access>,
    cart: Option<Cart>,
    flash: SessionManager<Flash>,
) -> Result<Html<String>, Failure> {
    let notice = notice(&flash).await?;
    Ok(pages::home(access.as_ref(), &cart.unwrap_or_default(), notice.as_deref()))
}

async fn add_to_cart(cart: SessionManager<Cart>, Path(item): Path<String>) -> Result<Response, Failure> {
    if !CATALOGUE.iter().any(|(name, _)| *name == item) {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    cart.update_or_default(|cart| *cart.items.entry(item).or_default() += 1).await?;
    Ok(Redirect::to("/").into_response())
}

async fn order(
    access: Result<Access, SessionRejection>,
    cart: SessionManager<Cart>,
    flash: SessionManager<Flash>,
    State(app): State<Arc<App>>,
) -> Result<Redirect, Failure> {
    let user = access?.user;
    let Some(cart) = cart.take().await? else { return Ok(Redirect::to("/")) };
    app.users.order(user, cart.data.items.clone().into_iter().collect()).await?;
    redirect_with(&flash, "Thank you for your order.", "/").await
}

#[derive(Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
}

async fn login_page(flash: SessionManager<Flash>) -> Result<Html<String>, Failure> {
    Ok(pages::login(notice(&flash).await?.as_deref()))
}

async fn log_in(
    login: SessionManager<Login>,
    flash: SessionManager<Flash>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(Credentials { name, password }): Form<Credentials>,
) -> Result<Redirect, Failure> {
    let known =
        if is_password(&password) { app.users.find(name.trim().to_owned(), password).await? } else { None };
    match known {
        Some(found) => begin(&login, &headers, found).await,
        None => redirect_with(&flash, "Wrong name or password.", "/login").await,
    }
}

async fn register(
    login: SessionManager<Login>,
    flash: SessionManager<Flash>,
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(Credentials { name, password }): Form<Credentials>,
) -> Result<Redirect, Failure> {
    let name = name.trim().to_owned();
    let text = if !(1..=40).contains(&name.chars().count()) {
        "A name has 1 to 40 characters."
    } else if !is_password(&password) {
        PASSWORD
    } else if let Some(added) = app.users.add(name, password).await? {
        return begin(&login, &headers, added).await;
    } else {
        "The name is taken."
    };
    redirect_with(&flash, text, "/login").await
}

fn is_password(password: &str) -> bool {
    (8..=LONGEST_PASSWORD).contains(&password.chars().count())
}

/// Begins a login, and ends the one that this browser had.
async fn begin(login: &SessionManager<Login>, headers: &HeaderMap, new: Login) -> Result<Redirect, Failure> {
    login.replace(new).label(label(headers)).await?;
    Ok(Redirect::to("/"))
}

async fn log_out(login: Logout<Login>) -> Result<Redirect, Failure> {
    login.clear().await?;
    Ok(Redirect::to("/"))
}

async fn account(
    login: Result<Current<Login>, SessionRejection>,
    flash: SessionManager<Flash>,
    State(app): State<Arc<App>>,
) -> Result<Html<String>, Failure> {
    let login = login?;
    let devices = app.login.logins().list(Login::by_user(&login.data.user)).await?;
    let notice = notice(&flash).await?;
    Ok(pages::account(&login, &devices, notice.as_deref()))
}

#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

/// Who entered the password within the last five minutes may change it. All other devices are signed out.
async fn change_password(
    login: Result<Fresh<Login, 300>, SessionRejection>,
    flash: SessionManager<Flash>,
    State(app): State<Arc<App>>,
    Form(NewPassword { password }): Form<NewPassword>,
) -> Result<Redirect, Failure> {
    let login = login?;
    let text = if !is_password(&password) {
        PASSWORD
    } else {
        app.users.set_password(login.data.user, password).await?;
        app.login.logins().end_others(&login).await?;
        "The password is changed, and all other devices are signed out."
    };
    redirect_with(&flash, text, "/account").await
}

async fn end_device(
    login: Result<Fresh<Login, 300>, SessionRejection>,
    State(app): State<Arc<App>>,
    Path(id): Path<LoginId>,
) -> Result<Response, Failure> {
    let own = app.login.logins().end_one_of(Login::by_user(&login?.data.user), id).await?;
    Ok(if own { Redirect::to("/account").into_response() } else { StatusCode::NOT_FOUND.into_response() })
}

async fn orders(clerk: Clerk, State(app): State<Arc<App>>) -> Result<Html<String>, Failure> {
    Ok(pages::orders(&clerk.0, &app.users.orders().await?))
}

/// Somebody who works here: 401 without a session, 403 for customers.
pub struct Clerk(pub Access);

impl FromRequestParts<Arc<App>> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let access = Access::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        if access.role == Role::Clerk { Ok(Self(access)) } else { Err(StatusCode::FORBIDDEN.into_response()) }
    }
}
