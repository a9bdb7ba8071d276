//! The beginning of a sign-in: the browser leaves for the provider.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Redirect;
use serde::Deserialize;
use unjwt::{Error, SessionManager};

use crate::return_to;
use crate::sessions::{App, Flow};

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    return_to: String,
}

/// Sends the browser to the provider, with a new `state`, `nonce` and PKCE challenge, whose counterparts are kept in
/// the flow's session. A second sign-in in another tab takes the place of the first.
///
/// Another site can send a visitor here. The visitor then signs in to an own account, so nothing is gained.
pub async fn begin(
    flow: SessionManager<Flow>,
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
) -> Result<Redirect, Error> {
    let (url, secrets) = app.provider.authorization();
    let begun = Flow {
        issuer: app.provider.issuer().to_owned(),
        state: secrets.state,
        nonce: secrets.nonce,
        pkce: secrets.pkce,
        return_to: return_to::path(&asked.return_to),
    };
    flow.replace(begun).await?;
    Ok(Redirect::to(url.as_str()))
}
