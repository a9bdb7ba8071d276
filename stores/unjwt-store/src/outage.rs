//! The error of a store.

use std::error::Error;
use std::fmt;

/// The store did not answer, or not with certainty.
///
/// Any error converts to it, so that `?` works in an implementation of [`Store`](crate::Store). It is not an error itself,
/// as with the type of `anyhow`, and shows its source in logs.
pub struct Outage(Box<dyn Error + Send + Sync>);

impl Outage {
    /// Creates an outage from an error or a message.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }

    /// Returns the error of the store's client.
    pub fn get(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Outage {
    fn from(source: E) -> Self {
        Self::new(source)
    }
}

/// Prints the error and its sources.
impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outage({self})")
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug)]
    struct Client(io::Error);

    impl fmt::Display for Client {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot connect")
        }
    }

    impl Error for Client {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn an_outage_says_what_is_behind_it() {
        fn fails() -> Result<(), Outage> {
            Err(Client(io::Error::other("connection refused")))?
        }
        let outage = fails().unwrap_err();
        assert_eq!(outage.to_string(), "cannot connect: connection refused");
        assert!(outage.get().is::<Client>());
        assert_eq!(format!("{:?}", Outage::new("no answer")), "Outage(no answer)");
    }
}
