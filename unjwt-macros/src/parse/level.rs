//! The macro that turns a table of settings into types.

/// Makes a [`Level`](super::table::Level) and a struct of each block of rows
/// `"key" is "its example" => field: Type = reader;`.
///
/// The field is a [`Slot`](super::value::Slot) that the reader fills. A row without a reader has a type that
/// reads the entry itself; its field may have several keys.
macro_rules! levels {
    ($(
        $(#[$meta:meta])*
        $level:ident $shown:literal $settings:ident {
            $($($key:literal is $example:literal),+ => $field:ident: $ty:ty $(= $read:expr)?;)+
        }
    )+) => {
        /// A place where settings stand.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Level {
            $($level),+
        }

        pub(super) const LEVELS: &[Level] = &[$(Level::$level),+];

        impl Level {
            /// The keys that are known here.
            pub(crate) const fn keys(self) -> &'static [&'static str] {
                match self {
                    $(Self::$level => &[$($($key),+),+],)+
                }
            }

            /// The keys, each with its example.
            pub(super) const fn examples(self) -> &'static [(&'static str, &'static str)] {
                match self {
                    $(Self::$level => &[$($(($key, $example)),+),+],)+
                }
            }

            /// The place as it is written in the source.
            pub(super) const fn shown(self) -> &'static str {
                match self {
                    $(Self::$level => $shown,)+
                }
            }
        }

        $(
            $(#[$meta])*
            #[derive(Default)]
            pub(crate) struct $settings {
                $(pub(crate) $field: $crate::parse::level::field!($ty $(= $read)?),)+
            }

            impl $settings {
                /// Takes the entries that belong here, and reports the others.
                pub(super) fn read(entries: Vec<Entry>, errors: &mut Errors) -> Self {
                    // Variables: an access through `self` would count as the use without which a field does
                    // not compile.
                    $(let mut $field = <$crate::parse::level::field!($ty $(= $read)?)>::default();)+
                    for entry in entries {
                        keys::with_known(entry, Level::$level, errors, |key, entry, errors| match key {
                            $($($key)|+ => $crate::parse::level::fill!($field, entry, errors $(, $read)?),)+
                            // No other word is known: they come from the same rows.
                            _ => {}
                        });
                    }
                    Self { $($field),+ }
                }
            }
        )+
    };
}

macro_rules! field {
    ($ty:ty = $read:expr) => { $crate::parse::value::Slot<$ty> };
    ($ty:ty) => { $ty };
}

macro_rules! fill {
    ($field:ident, $entry:ident, $errors:ident, $read:expr) => {
        $field.fill($entry, $errors, $read)
    };
    ($field:ident, $entry:ident, $errors:ident) => {
        $field.read($entry, $errors)
    };
}

pub(super) use {field, fill, levels};
