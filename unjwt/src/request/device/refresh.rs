//! The renewal of a bound session, by a proof of its device.

use super::{enter, login_of};
use crate::device::{Device, Proof, Refused};
use crate::error::{Error, ErrorKind};
use crate::request::end;
use crate::request::hooks::Session;
use crate::request::manager::SessionManager;
use crate::request::renewal;
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
    let (login, current) = login_of(manager, tokens).await?;
    let Some(current) = current else { return over() };
    // A login that replaced this one, or the one of two registrations whose cookies the browser kept.
    let Some(device) = current
        .sign_in
        .device
        .as_deref()
        .and_then(Device::key)
        .filter(|_| own.device_session(&current.sign_in).as_deref() == Some(id))
    else {
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
    confirm(tokens, &current).await?;
    let Some(current) = renewal::on_demand(&login, current).await? else { return over() };
    let sign_in = tokens.shared_sign_in(&current);
    enter(manager, &current, sign_in).await?;
    let challenge = own.challenge(Purpose::Refresh, id).await?;
    let instructions = own.instructions(id);
    Ok(DeviceAnswer::Bound { id: id.to_owned(), instructions, challenge: Some(challenge) })
}

/// Ends a login whose proof another key made: somebody has its cookie, and not its device. Returns `false` if the login cannot
/// end, so that its own browser goes on.
async fn end_stolen<X: Session>(login: &SessionManager<X>, current: &Current<X>) -> bool {
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

/// Ends the unbound tokens of the login: a bound one has arrived, so nobody honest has them any more.
async fn confirm<X: Session>(tokens: &Tokens<X>, current: &Current<X>) -> Result<(), Error> {
    let (Some(ledger), Some(login)) = (tokens.ledger(), current.login()) else { return Ok(()) };
    match ledger.end_unbound(login).await {
        // The next renewal tries again.
        Err(error) if error.kind() == ErrorKind::Unavailable => Ok(()),
        ended => ended,
    }
}
