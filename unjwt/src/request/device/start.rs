//! The registration of a device: from then on, its proofs alone renew the session.

use super::refresh::{confirm, end_stolen};
use super::{enter, login_of, subject};
use crate::device::{Device, Proof, Refused};
use crate::error::Error;
use crate::request::hooks::Session;
use crate::request::manager::SessionManager;
use crate::request::write::{self, Edit};
use crate::session::NoLogin;
use crate::session::device::DeviceAnswer;
use crate::session::tokens::Tokens;
use crate::session::tokens::device::{FIRST, Judged, Purpose};

pub(super) async fn start<T, X>(
    manager: &SessionManager<T>,
    tokens: &Tokens<X>,
    proof: &str,
) -> Result<DeviceAnswer, Error>
where
    T: Session<Login = X>,
    X: Session<Login = NoLogin>,
{
    let own = &manager.slot.tokens;
    let proof = match Proof::read(proof) {
        Ok(proof) => proof,
        Err(reason) => return Ok(refused(reason)),
    };
    let (login, current) = login_of(manager, tokens).await?;
    let Some(current) = current else { return Ok(DeviceAnswer::Refused("the request has no login")) };
    // What a stranger can make the service do ends with the challenge: its key is looked at last.
    let of_login = subject(&current.sign_in);
    match own.judge_challenge(proof.challenge(), Purpose::Start, &of_login).await? {
        Judged::Good => {}
        Judged::Foreign => return Ok(DeviceAnswer::Foreign),
        Judged::Stale => {
            let challenge = own.challenge(Purpose::Start, &of_login).await?;
            return Ok(DeviceAnswer::Challenged { id: None, challenge });
        }
    }
    let key = match proof.key() {
        Ok(key) => key,
        Err(reason) => return Ok(refused(reason)),
    };
    let bound_before = own.bound_device(&current).and_then(Device::key);
    if bound_before.is_some_and(|bound| *bound != key) {
        return Ok(DeviceAnswer::Refused("the login is bound to another device"));
    }
    // A login that is bound already renews its session here as well.
    if let Some(bound) = bound_before
        && !confirm(tokens, &current, bound).await?
        && end_stolen(&login, &current).await
    {
        return Ok(DeviceAnswer::Refused("another device renewed the login before"));
    }
    let sign_in = tokens.shared_sign_in(&current).bound(Device::Key(key.clone()));
    // The session first: if the login's own token fails, it is still unbound, and renewed as before.
    let first = own.now().plus(FIRST);
    enter(manager, &current, sign_in.clone(), Some(first)).await?;
    if bound_before.is_none() {
        // Until the first proof, since the browser may never see this answer.
        write::renew(&login, Edit::Bind(Device::Pending(key))).await?;
    }
    // Its own reading may have made an unbound session before.
    manager.context.take_offers();
    let Some(id) = own.device_session(&sign_in) else { return Ok(DeviceAnswer::Foreign) };
    tracing::debug!(session = T::SPEC.type_name, "a login was bound to a device");
    let instructions = own.instructions(&id);
    // No challenge yet: browsers take one from the answer to a renewal only.
    Ok(DeviceAnswer::Bound { id, instructions, challenge: None })
}

fn refused(reason: Refused) -> DeviceAnswer {
    let reason = match reason {
        Refused::Malformed(reason) => reason,
        Refused::Signature => "its signature is not that of its key",
    };
    DeviceAnswer::Refused(reason)
}
