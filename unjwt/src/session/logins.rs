//! The logins of a session: ending and listing them.

use std::fmt;

use unjwt_store::Key;

use super::current::Current;
use super::operation::Operation;
use super::tokens::Tokens;
use super::{ListsLogins, Revocable, SessionType};
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::login::group::LoginGroup;
use crate::login::id::LoginId;
use crate::login::ledger::Ledger;
use crate::login::record::Listed;
use crate::login::revocation::Exception;

/// The logins of a revocable session, in all processes that share its store. Returned by [`Tokens::logins`].
///
/// What is ended here is refused by this process at once, and by the others within `recheck` of the attribute. If the
/// store is out, the end fails with [`ErrorKind::Unavailable`]: this process refuses the logins nevertheless, and
/// repeats the write in the background until the store has it. The end of a group then takes effect when it is written:
/// logins of the group that begin elsewhere until then end as well.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use unjwt::{Session, SessionHandle};
/// #[derive(Clone, Serialize, Deserialize, Session)]
/// #[session(jwe, name = "sid", max_age = "7D", revocable(by(user)))]
/// struct Login { user: u64 }
///
/// async fn disable_account(logins: &SessionHandle<Login>, user: u64) -> Result<(), unjwt::Error> {
///     logins.logins().end_by(Login::by_user(&user)).await
/// }
/// ```
pub struct Logins<'a, T: SessionType>(&'a Tokens<T>);

/// A login in the list of [`Logins::list`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginInfo {
    /// The identifier, the claim `sid` of the login's tokens.
    pub id: LoginId,
    /// The time at which the user signed in.
    pub began: NumericDate,
    /// The last time at which a write moved the end of the login's session, to the hour.
    pub renewed: NumericDate,
    /// The label that [`PendingWrite::label`](crate::future::PendingWrite::label) gave it; otherwise empty.
    pub label: Box<str>,
}

impl From<Listed> for LoginInfo {
    fn from(Listed { id, began, renewed, label }: Listed) -> Self {
        Self { id, began, renewed, label }
    }
}

impl<T: SessionType> Tokens<T> {
    /// Returns the session's logins, to list and to end them.
    pub fn logins(&self) -> Logins<'_, T>
    where
        T: Revocable,
    {
        Logins(self)
    }
}

impl<'a, T: SessionType> Logins<'a, T> {
    /// The configuration of a revocable session has a store, or it does not become `Tokens`.
    fn ledger(&self) -> Result<&'a Ledger, Error> {
        const NO_STORE: Error = Error::new(ErrorKind::Unavailable, "the session has no store of logins");
        self.0.ledger().ok_or(NO_STORE)
    }

    /// Ends one login.
    ///
    /// For a request of the login's owner, use [`end_one_of`](Self::end_one_of), which checks whose it is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`].
    pub fn end(&self, id: LoginId) -> Operation<'a, ()> {
        let ledger = self.ledger();
        Operation::new(async move { ledger?.end(id).await })
    }

    /// Ends one login if it is one of the group's, and returns whether it is: for a page on which users end their own
    /// logins by an identifier that the request brings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`].
    pub fn end_one_of(&self, group: LoginGroup<T>, id: LoginId) -> Operation<'a, bool>
    where
        T: ListsLogins,
    {
        let ledger = self.ledger();
        Operation::new(async move {
            let ledger = ledger?;
            let is_listed = ledger.list(listed(&group)?).await?.iter().any(|login| login.id == id);
            if is_listed {
                ledger.end(id).await?;
            }
            Ok(is_listed)
        })
    }

    /// Ends every login of a group that has begun: of a user whose account is disabled, or whose password changed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`].
    pub fn end_by(&self, group: LoginGroup<T>) -> Operation<'a, ()>
    where
        T: ListsLogins,
    {
        let ledger = self.ledger();
        Operation::new(async move { ledger?.end_all(group.key()?, None).await })
    }

    /// Ends every login with the same value of the first field in `by(..)`, but for this one, whose tokens stay
    /// valid as they are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`].
    pub fn end_others(&self, current: &Current<T>) -> Operation<'a, ()>
    where
        T: ListsLogins,
    {
        let (ledger, login) = (self.ledger(), current.sign_in.login.clone());
        let key = self.0.first_group(current);
        Operation::new(async move {
            let login = login.ok_or(NO_GROUP)?;
            let except = Exception { id: login.id, under: login.epochs.get(1) };
            ledger?.end_all(key.ok_or(NO_GROUP)?, Some(except)).await
        })
    }

    /// Ends every login of the session, whoever's it is: after the loss of a store, or of a key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`].
    pub fn end_everyone(&self) -> Operation<'a, ()> {
        let ledger = self.ledger();
        Operation::new(async move {
            let ledger = ledger?;
            ledger.end_all(ledger.everyone(), None).await
        })
    }

    /// Returns the logins of a group that live, the newest first, at most 64. The group is one by the first field in
    /// `by(..)`; further logins live on, unlisted, and end with the group. A login that ended with another of its
    /// groups, such as a tenant, is listed until its tokens would have expired.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`]; [`ErrorKind::Unserializable`] for a group by another field.
    pub fn list(&self, group: LoginGroup<T>) -> Operation<'a, Vec<LoginInfo>>
    where
        T: ListsLogins,
    {
        let ledger = self.ledger();
        Operation::new(async move {
            let logins = ledger?.list(listed(&group)?).await?;
            Ok(logins.into_iter().map(LoginInfo::from).collect())
        })
    }
}

const NO_GROUP: Error =
    Error::new(ErrorKind::Unserializable, "the session's first field in `by(..)` is `None`");

/// Returns the key of a group that has a list.
fn listed<T>(group: &LoginGroup<T>) -> Result<Key, Error> {
    if group.index() == 0 {
        return group.key();
    }
    Err(Error::new(ErrorKind::Unserializable, "only the logins by the first field in `by(..)` are listed"))
}

impl<T: SessionType> Clone for Logins<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: SessionType> Copy for Logins<'_, T> {}

impl<T: SessionType> fmt::Debug for Logins<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logins<{}>", T::SPEC.type_name)
    }
}
