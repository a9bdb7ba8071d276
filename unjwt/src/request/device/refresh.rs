//! The renewal of a bound session, by a proof of its device.

use super::{enter, login_of};
use crate::device::{Device, DeviceKey, Proof, Refused};
use crate::error::{Error, ErrorKind};
use crate::request::end;
use crate::request::hooks::Session;
use crate::request::manager::SessionManager;
use crate::request::read::peek::peek;
use crate::request::renewal;
use crate::request::write::{self, Edit};
use crate::session::NoLogin;
use crate::session::current::Current;
use crate::session::device::DeviceAnswer;
use crate::session::tokens::Tokens;
use crate::session::tokens::device::{Judged, Purpose, end_instructions};

pub(super) async fn refresh<T, X>(
    manager: &SessionManager<T>,
    tokens: &Tokens<X>,
    id: &str,
    proof: Option<&str>,
) -> Result<DeviceAnswer, Error>
where
    T: Session<Login = X>,
    X: Session<Login = NoLogin>,
{
    let own = &manager.slot.tokens;
    if !own.is_device_session(id) {
        return Ok(DeviceAnswer::Foreign);
    }
    let over = || Ok(DeviceAnswer::Over { instructions: end_instructions(id) });
    let is_asked = |current: &Current<X>| own.device_session(&current.sign_in).as_deref() == Some(id);
    let (login, current) = match login_of(manager, tokens).await? {
        (login, Some(current)) if is_asked(&current) => (login, current),
        (login, _) => match among_others(&login, tokens, is_asked).await? {
            Some(found) => found,
            // It has ended, another one took its place, or the browser registered twice and has the cookies of the other one.
            None => return over(),
        },
    };
    let bound = current.sign_in.device.clone();
    let Some((bound, device)) = bound.as_deref().and_then(|bound| Some((bound, bound.key()?))) else {
        return over();
    };
    let challenged = async || {
        let challenge = own.challenge(Purpose::Refresh, id).await?;
        Ok(DeviceAnswer::Challenged { id: Some(id.to_owned()), challenge })
    };
    let Some(proof) = proof.and_then(|proof| Proof::read(proof).ok()) else { return challenged().await };
    match proof.verify(device) {
        Ok(()) => {}
        Err(Refused::Signature) if end_stolen(&login, &current).await => return over(),
        Err(Refused::Signature | Refused::Malformed(_)) => return challenged().await,
    }
    if own.judge_challenge(proof.challenge(), Purpose::Refresh, id).await? != Judged::Good {
        return challenged().await;
    }
    if !bound.is_pending() && !confirm(tokens, &current, device).await? && end_stolen(&login, &current).await
    {
        return over();
    }
    let Some(current) = renewal::on_demand(&login, current).await? else { return over() };
    let sign_in = tokens.shared_sign_in(&current).bound(Device::Key(device.clone()));
    enter(manager, &current, sign_in, None).await?;
    // The browser has its session. That the login's token arrives shows with the next proof.
    if bound.is_pending() && login.slot.given.is_none() {
        let known = write::renew(&login, Edit::Bind(Device::Key(device.clone()))).await?;
        tokens.carry_check(&current, &known);
    }
    let challenge = own.challenge(Purpose::Refresh, id).await?;
    let instructions = own.instructions(id);
    Ok(DeviceAnswer::Bound { id: id.to_owned(), instructions, challenge: Some(challenge) })
}

/// Returns the login that the browser means, if its cookie came beside another one, which somebody else may have planted. A
/// response cannot write it, since it would write the other one's place.
async fn among_others<X: Session>(
    login: &SessionManager<X>,
    tokens: &Tokens<X>,
    is_asked: impl Fn(&Current<X>) -> bool,
) -> Result<Option<(SessionManager<X>, Current<X>)>, Error> {
    let Some(headers) = login.context.headers() else { return Ok(None) };
    let peeked = peek(login, headers).await?;
    let Some(found) = peeked.found().iter().find(|found| is_asked(found)) else { return Ok(None) };
    let context = login.context.clone();
    match SessionManager::open_token(&context, tokens, &found.token).await {
        Ok(login) => Ok(login.current().map(|current| (login, current))),
        Err(error) if error.status().is_server_error() => Err(error),
        Err(_) => Ok(None),
    }
}

/// Ends a login of which another key made a proof: somebody has its cookie, and not its device. Returns `false` if the login cannot
/// end, so that its own browser goes on.
pub(super) async fn end_stolen<X: Session>(login: &SessionManager<X>, current: &Current<X>) -> bool {
    if login.slot.tokens.ledger().is_none() || current.login().is_none() {
        return false;
    }
    tracing::warn!(
        session = X::SPEC.type_name,
        "another key than that of the login's device made a proof; the login has ended"
    );
    // If the store is out, this process refuses the login nevertheless, and repeats the write.
    let _ = end::clear(login).await;
    true
}

/// Ends the unbound tokens of the login: a bound one has arrived, so nobody honest has them any more. Returns `false` if that of
/// another device arrived before: one of the two was bound by somebody who had copied the login.
pub(super) async fn confirm<X: Session>(
    tokens: &Tokens<X>,
    current: &Current<X>,
    device: &DeviceKey,
) -> Result<bool, Error> {
    let (Some(ledger), Some(login)) = (tokens.ledger(), current.login()) else { return Ok(true) };
    match ledger.end_unbound(login, device.thumbprint()).await {
        // The next renewal tries again.
        Err(error) if error.kind() == ErrorKind::Unavailable => Ok(true),
        known => known,
    }
}
