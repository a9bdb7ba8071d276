//! Types whose JSON can be read back, whatever their value.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::NumericDate;

/// A type of which serde_json reads all that it wrote. That a value comes back as it was is not said: `Some(None)` comes
/// back as `None`.
///
/// Not `f32` and `f64`, whose NaN becomes `null`, and no type of which somebody else writes the impls.
pub trait Symmetric {}

/// A key of a JSON object.
pub trait SymmetricKey: Symmetric {}

/// `Type::<T>::SYMMETRIC` is true for a `Symmetric` `T`, and false for all others with [`Unproven`] in scope: the
/// compiler prefers the constant of the type to that of the trait.
#[derive(Debug)]
pub struct Type<T: ?Sized>(PhantomData<T>);

impl<T: Symmetric + ?Sized> Type<T> {
    /// Proven.
    pub const SYMMETRIC: bool = true;
}

/// The constant of the types for which nothing is proven, type parameters among them.
pub trait Unproven {
    /// Not proven.
    const SYMMETRIC: bool = false;
}

impl<T: ?Sized> Unproven for Type<T> {}

macro_rules! symmetric {
    ($($ty:ty),* $(,)?) => { $(impl Symmetric for $ty {})* };
}

macro_rules! keys {
    ($($ty:ty),* $(,)?) => { $(impl Symmetric for $ty {} impl SymmetricKey for $ty {})* };
}

keys!(char, String, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);
symmetric!((), bool, str, NumericDate, Duration, IpAddr, Ipv4Addr, Ipv6Addr);
symmetric!(NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<isize>);
symmetric!(NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<usize>);

impl<T: Symmetric> Symmetric for Option<T> {}
impl<T: Symmetric> Symmetric for [T] {}
impl<T: Symmetric, const N: usize> Symmetric for [T; N] {}
impl<T: Symmetric> Symmetric for Vec<T> {}
impl<T: Symmetric> Symmetric for VecDeque<T> {}
impl<T: Symmetric> Symmetric for BTreeSet<T> {}
impl<T: Symmetric, S> Symmetric for HashSet<T, S> {}
impl<T: Symmetric + ?Sized> Symmetric for Box<T> {}
impl<T: Symmetric + ?Sized> Symmetric for Arc<T> {}
impl<T: Symmetric + ToOwned + ?Sized> Symmetric for Cow<'_, T> {}
impl<K: SymmetricKey, V: Symmetric> Symmetric for BTreeMap<K, V> {}
impl<K: SymmetricKey, V: Symmetric, S> Symmetric for HashMap<K, V, S> {}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*)?) => {
        $(
            impl<$first: Symmetric, $($rest: Symmetric),*> Symmetric for ($first, $($rest,)*) {}
            tuples!($($rest)*);
        )?
    };
}

tuples!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody's own, and no `Symmetric`.
    #[allow(non_camel_case_types)]
    type f = f64;

    struct Own;

    macro_rules! proves {
        ($($ty:ty),* $(,)?) => { [$((stringify!($ty), Type::<$ty>::SYMMETRIC)),*] };
    }

    #[test]
    fn proves_what_cannot_fail() {
        for (ty, proven) in proves![
            u64,
            String,
            Option<Vec<[u8; 4]>>,
            (bool, char),
            BTreeMap<u32, Box<str>>,
            HashMap<String, (u8, Option<i64>)>,
            Cow<'static, str>,
            Arc<str>,
            NumericDate,
            IpAddr,
        ] {
            assert!(proven, "{ty}");
        }
    }

    #[test]
    fn proves_nothing_else() {
        for (ty, proven) in proves![
            f32,
            f,
            Option<f64>,
            Vec<(u8, f32)>,
            u128,
            Own,
            Box<Own>,
            BTreeMap<(u8, u8), u8>,
            BTreeMap<Vec<u8>, u8>,
            BTreeMap<String, Own>,
            std::path::PathBuf,
        ] {
            assert!(!proven, "{ty}");
        }
    }

    #[test]
    fn a_parameter_proves_nothing() {
        fn of<T>() -> [bool; 2] {
            [Type::<T>::SYMMETRIC, Type::<Vec<T>>::SYMMETRIC]
        }
        assert_eq!(of::<u8>(), [false, false]);
    }
}
