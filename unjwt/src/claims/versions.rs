//! The versions of a payload: the struct that each is read as, and the steps from an old one to the session's.

use std::any::type_name;
use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::read::read;
use super::write::write;
use super::{Count, Registered, Reserved, Stamp, explain};
use crate::error::{Error, ErrorKind};
use crate::spec::{ClaimMapping, VersionSpec};

/// The relation of a payload to the program that reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// It is read as the session's struct: of its version, or of a newer one that says that this program understands it.
    Readable,
    /// It is read as an older struct, which then becomes the session's.
    Older,
    /// It is of a newer version, which this program does not understand.
    Newer,
}

/// Returns the version that the claims `v` and `vr` state, and what that is to a program.
///
/// # Errors
///
/// [`ErrorKind::ClaimInvalid`] if one of them is not a version.
pub(super) fn shape(claims: &Registered<'_>, own: Option<VersionSpec>) -> Result<(u32, Shape), Error> {
    let Some(VersionSpec { own, .. }) = own else { return Ok((VersionSpec::FIRST, Shape::Readable)) };
    let version = claims.v.version("`v` is not a version: a whole number from 1")?;
    let version = version.unwrap_or(VersionSpec::FIRST);
    let readable_by = claims.vr.version("`vr` is not a version: a whole number from 1")?.unwrap_or(version);
    let shape = match version {
        older if older < own => Shape::Older,
        newer if newer > own && readable_by > own => Shape::Newer,
        _ => Shape::Readable,
    };
    Ok((version, shape))
}

impl Count {
    /// Returns the version, if the claim is present. One past the largest here counts as that.
    fn version(&self, wrong: &'static str) -> Result<Option<u32>, Error> {
        match self {
            Self::Absent => Ok(None),
            Self::Value(version) if *version >= 1 => Ok(Some(u32::try_from(*version).unwrap_or(u32::MAX))),
            Self::Value(_) | Self::Wrong => Err(Error::new(ErrorKind::ClaimInvalid, wrong)),
        }
    }
}

/// The error of a payload that this program does not understand.
pub(crate) fn newer(version: u32, own: u32) -> Error {
    Error::explained(
        ErrorKind::NewerVersion,
        format!("version {version}, and this program knows up to {own}"),
    )
}

/// An old payload on its way to the session's struct.
#[derive(Clone, Copy, Debug)]
pub struct OldPayload<'p> {
    version: u32,
    payload: &'p [u8],
    reserved: Reserved,
}

impl<'p> OldPayload<'p> {
    pub(crate) fn new(version: u32, payload: &'p [u8], reserved: Reserved) -> Self {
        Self { version, payload, reserved }
    }

    /// Returns the payload's version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Returns the error for a version without a struct.
    pub fn dropped(self) -> Error {
        Error::explained(ErrorKind::VersionDropped, format!("version {}", self.version))
    }
}

/// Reads a payload as the struct of its version.
///
/// # Errors
///
/// [`ErrorKind::MigrationFailed`] if it does not fit.
pub fn read_old<V: OldVersion>(payload: OldPayload<'_>) -> Result<V, Error> {
    V::__read(payload)
}

/// Makes a struct of one version that of the next.
///
/// # Errors
///
/// [`ErrorKind::MigrationFailed`] if its `TryFrom` fails.
pub fn step<V: Becomes<Next>, Next>(old: V) -> Result<Next, Error> {
    old.__become()
}

/// A struct of an older version of a session's payload, as `migrate(..)` names it.
#[diagnostic::on_unimplemented(
    message = "no payload can be read as `{Self}`, an older version of the session",
    label = "not `Deserialize`",
    note = "write `#[derive(Deserialize)]` on `{Self}`: it is the session's struct as it was"
)]
pub trait OldVersion: Sized {
    #[doc(hidden)]
    fn __read(payload: OldPayload<'_>) -> Result<Self, Error>;
}

#[diagnostic::do_not_recommend]
impl<V: DeserializeOwned> OldVersion for V {
    fn __read(OldPayload { version, payload, reserved }: OldPayload<'_>) -> Result<Self, Error> {
        if let Ok(Some(old)) = read(payload, reserved, &[], &mut Registered::default()) {
            return Ok(old);
        }
        let reason = explain::<V>(payload, reserved, &[])
            .unwrap_or_else(|| "the claims are not those of the struct".to_owned());
        let reason = format!("version {version} is not a `{}`: {reason}", short_name::<V>());
        Err(Error::explained(ErrorKind::MigrationFailed, reason))
    }
}

/// A struct of one version that becomes one of the next.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot become `{Next}`, the next version of the session",
    label = "no step to the next version",
    note = "write `impl From<{Self}> for {Next}`, or `TryFrom` with an error that is `Display`",
    note = "the structs in `migrate(..)` stand oldest first, and each becomes the next one"
)]
pub trait Becomes<Next>: Sized {
    #[doc(hidden)]
    fn __become(self) -> Result<Next, Error>;
}

#[diagnostic::do_not_recommend]
impl<V, Next: TryFrom<V, Error: Display>> Becomes<Next> for V {
    fn __become(self) -> Result<Next, Error> {
        Next::try_from(self).map_err(|error| {
            let reason = format!("`{}` did not become `{}`", short_name::<V>(), short_name::<Next>());
            Error::explained(ErrorKind::MigrationFailed, reason).caused_by(&error)
        })
    }
}

/// A session whose `migrate(..)` names the struct `V`.
pub trait HasVersion<V> {
    #[doc(hidden)]
    const VERSION: u32;
}

/// The claims that are added to a struct, and the estimated size in bytes of what is written.
#[derive(Debug)]
pub struct StampedPlace<'a> {
    pub(crate) stamp: &'a Stamp<'a>,
    pub(crate) reserved: Reserved,
    pub(crate) capacity: usize,
}

/// A struct of an older version that can be written in the place of the session `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written in the place of `{T}`",
    label = "not an older version of `{T}` that can be written",
    note = "name one of the structs in `migrate(..)`, that of the version that the programs beside this one know; without the call, the \
            session is written as it is",
    note = "write `impl From<{T}> for {Self}`, and `#[derive(Serialize)]` on `{Self}`"
)]
pub trait WrittenFor<T>: Sized {
    #[doc(hidden)]
    const __VERSION: u32;
    #[doc(hidden)]
    fn __write(data: T, place: StampedPlace<'_>) -> Result<Vec<u8>, Error>;
}

#[diagnostic::do_not_recommend]
impl<T: HasVersion<V>, V: From<T> + Serialize> WrittenFor<T> for V {
    const __VERSION: u32 = T::VERSION;

    fn __write(data: T, place: StampedPlace<'_>) -> Result<Vec<u8>, Error> {
        // Nothing is known of its members.
        let StampedPlace { stamp, reserved, capacity } = place;
        write(&V::from(data), stamp, ClaimMapping::Filtered, reserved, capacity)
    }
}

/// Returns a type's name without the path to it.
fn short_name<V>() -> &'static str {
    let name = type_name::<V>();
    let path = name.split_once('<').map_or(name, |(path, _)| path);
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(v: Count, vr: Count, own: u32) -> Result<(u32, Shape), ErrorKind> {
        let claims = Registered { v, vr, ..Registered::default() };
        shape(&claims, Some(VersionSpec { own, readable_by: own })).map_err(|error| error.kind())
    }

    #[test]
    fn the_claims_alone_say_what_a_payload_is() {
        use Count::{Absent, Value, Wrong};
        for (v, vr, own, expected) in [
            (Absent, Absent, 1, (1, Shape::Readable)),
            (Absent, Absent, 2, (1, Shape::Older)),
            (Value(1), Absent, 2, (1, Shape::Older)),
            (Value(2), Absent, 2, (2, Shape::Readable)),
            (Value(2), Value(1), 3, (2, Shape::Older)),
            (Value(3), Absent, 2, (3, Shape::Newer)),
            (Value(3), Value(3), 2, (3, Shape::Newer)),
            (Value(3), Value(2), 2, (3, Shape::Readable)),
            (Value(3), Value(1), 2, (3, Shape::Readable)),
            (Value(3), Value(2), 1, (3, Shape::Newer)),
            (Value(u64::MAX), Absent, u32::MAX - 1, (u32::MAX, Shape::Newer)),
        ] {
            let shown = format!("{v:?} {vr:?} {own}");
            assert_eq!(stated(v, vr, own), Ok(expected), "{shown}");
        }
        for (v, vr) in [(Value(0), Absent), (Wrong, Absent), (Value(2), Value(0)), (Value(2), Wrong)] {
            assert_eq!(stated(v, vr, 2), Err(ErrorKind::ClaimInvalid));
        }
        let unversioned = Registered { v: Value(7), ..Registered::default() };
        assert_eq!(shape(&unversioned, None).unwrap(), (1, Shape::Readable));
    }

    #[test]
    fn names_are_short() {
        assert_eq!(short_name::<Option<std::vec::Vec<u8>>>(), "Option");
        assert_eq!(short_name::<Shape>(), "Shape");
        assert_eq!(short_name::<u8>(), "u8");
    }
}
