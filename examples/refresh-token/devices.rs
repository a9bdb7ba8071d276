//! "Your devices": the logins of a user, each of which the user can end.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use unjwt::{Current, Error, Fresh, LoginId, LoginInfo, NumericDate};

use crate::sessions::{App, RefreshToken};

/// The refresh session, if the password was entered within the last five minutes. Otherwise the answer is 401
/// with the challenge of RFC 9470, upon which the page asks for the password again: whoever finds the page open
/// cannot lock its owner out.
type FreshLogin = Fresh<RefreshToken, 300>;

#[derive(Serialize)]
pub struct Device {
    id: LoginId,
    /// Made from what the browser said of itself, so a page shows it as text.
    label: Box<str>,
    /// The time of the sign-in, in seconds since 1970.
    began: NumericDate,
    /// The time of the last renewal, to the hour.
    renewed: NumericDate,
    is_this: bool,
}

/// The user's logins, the newest first. 401 without one.
pub async fn list(
    login: Current<RefreshToken>,
    State(app): State<Arc<App>>,
) -> Result<Json<Vec<Device>>, Error> {
    let all = app.refresh.logins().list(RefreshToken::by_sub(&login.data.sub)).await?;
    let device = |LoginInfo { id, label, began, renewed, .. }: LoginInfo| Device {
        id,
        label,
        began,
        renewed,
        is_this: id == login.login_id(),
    };
    Ok(Json(all.into_iter().map(device).collect()))
}

/// Ends one login of the user. 404 if it is somebody else's, or has ended already.
pub async fn end(
    login: FreshLogin,
    State(app): State<Arc<App>>,
    Path(id): Path<LoginId>,
) -> Result<StatusCode, Error> {
    let is_own = app.refresh.logins().end_one_of(RefreshToken::by_sub(&login.data.sub), id).await?;
    Ok(if is_own { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}

/// Ends all logins of the user but this one.
pub async fn end_others(login: FreshLogin, State(app): State<Arc<App>>) -> Result<StatusCode, Error> {
    app.refresh.logins().end_others(&login).await?;
    Ok(StatusCode::NO_CONTENT)
}
