//! Types whose JSON can always be read back, for every value.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::NumericDate;

/// A type for which serde_json can read everything that it wrote. The value need not be the same:
/// `Some(None)` is read back as `None`.
///
/// Excludes `f32` and `f64`, whose NaN becomes `null`, and types whose serde impls are written by others.
pub trait Symmetric {}

/// A key of a JSON object.
pub trait SymmetricKey: Symmetric {}

/// With [`Unproven`] in scope, `Type::<T>::SYMMETRIC` is `true` if `T` is `Symmetric` and `false` otherwise:
/// the compiler prefers the inherent constant to that of the trait.
#[derive(Debug)]
pub struct Type<T: ?Sized>(PhantomData<T>);

impl<T: Symmetric + ?Sized> Type<T> {
    /// `T` is proven to be symmetric.
    pub const SYMMETRIC: bool = true;
}

/// The fallback constant for types that are not proven to be symmetric, including type parameters.
pub trait Unproven {
    /// `T` is not proven to be symmetric.
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

    /// A user's alias of a type that is not `Symmetric`.
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
