//! Several tokens of one login in a request: a browser keeps cookies of the same name under several paths or domains,
//! and an old one beside its successor is neither a session nor a copy.

use super::search::Search;
use crate::clock::NumericDate;
use crate::error::Error;
use crate::login::id::LoginId;
use crate::request::hooks::Session;
use crate::request::manager::SessionManager;
use crate::session::tokens::open::Opened;

/// A genuine token: its login, its generation and time, and its place among the candidates.
struct Genuine {
    login: LoginId,
    age: (Option<u64>, Option<NumericDate>),
    index: usize,
}

/// Returns whether the search has several candidates that may be tokens of one login, of which only the latest counts.
pub(super) fn is_ambiguous<T: Session, C>(search: &Search<'_, C>) -> bool {
    T::SPEC.rotation().is_some() && search.len() > 1
}

/// Drops all tokens of a login but that of the highest generation, then the latest.
pub(super) async fn keep<T: Session, C>(
    manager: &SessionManager<T>,
    search: &mut Search<'_, C>,
) -> Result<(), Error> {
    let tokens: Vec<_> = search.tokens().map(|token| token.map(str::to_owned)).collect();
    let mut genuine = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let Some(token) = token else { continue };
        // Whether its login has ended is of no matter here.
        let facts = match manager.slot.tokens.open_unchecked(token).await? {
            Opened::Valid(found) => found.facts,
            // The program that can read it has replaced the others.
            Opened::Unreadable(unreadable) if unreadable.reason.keeps_token() => unreadable.facts,
            _ => continue,
        };
        if let Some(login) = &facts.sign_in.login {
            genuine.push(Genuine { login: login.id, age: (login.generation, facts.created_at), index });
        }
    }
    search.drop_at(&superseded(&genuine));
    Ok(())
}

/// Returns the places of the tokens that have a successor among the others. Of equal ones the first stays.
fn superseded(genuine: &[Genuine]) -> Vec<usize> {
    let has_successor = |one: &Genuine| {
        genuine.iter().any(|other| {
            other.login == one.login
                && (other.age > one.age || other.age == one.age && other.index < one.index)
        })
    };
    genuine.iter().filter(|one| has_successor(one)).map(|one| one.index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_of_each_login_stays() {
        let token = |login: u8, generation: u64, iat: u64, index| Genuine {
            login: LoginId::from_bytes([login; 16]),
            age: (Some(generation), Some(NumericDate::from_secs(iat))),
            index,
        };
        assert_eq!(superseded(&[token(1, 3, 50, 0), token(1, 4, 40, 1), token(2, 1, 10, 2)]), [0]);
        assert_eq!(superseded(&[token(1, 4, 40, 1), token(1, 4, 50, 2), token(1, 4, 50, 3)]), [1, 3]);
        assert!(superseded(&[]).is_empty());
    }
}
