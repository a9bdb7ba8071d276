//! What the integration tests of `unjwt` share; the tests are in the folder beside `src`.

/// Says something in a run whose tests pass: libtest keeps what `println!` says to itself.
#[macro_export]
macro_rules! told {
    ($($text:tt)*) => {{
        use ::std::io::Write as _;
        let _ = ::std::writeln!(::std::io::stderr(), $($text)*);
    }};
}
