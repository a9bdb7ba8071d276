//! The place of the store, which `--store` names.

use anyhow::Result;

use crate::program;
use crate::support::server::Folder;

/// Returns the message of the program, which does not start with this store.
fn refused(test: &str, place: &str) -> Result<String> {
    let ended = program(&Folder::new(test)?).arg("--store").arg(place).start_to_fail()?;
    assert!(!ended.status.success(), "{ended:?}");
    assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    Ok(ended.stderr)
}

#[test]
fn a_place_that_is_not_a_store_is_refused_at_the_start() -> Result<()> {
    let said = refused("place-scheme", "mysql://ada:hunter2@localhost/app")?;
    assert!(
        said.contains("`mysql://..`: give a file, or an address of Redis, Valkey or PostgreSQL"),
        "{said}"
    );
    let said = refused("place-folder", "/there/is/no/such/folder/logins.db")?;
    assert!(said.contains("/there/is/no/such/folder/logins.db"), "{said}");
    Ok(())
}

#[cfg(not(feature = "redis"))]
#[test]
fn without_the_feature_an_address_of_redis_says_how_to_build_it_in() -> Result<()> {
    for scheme in ["redis", "rediss", "valkey", "valkeys"] {
        let said = refused("place-redis", &format!("{scheme}://ada:hunter2@localhost"))?;
        assert!(said.contains("`--features redis`"), "{said}");
    }
    Ok(())
}

#[cfg(not(feature = "postgres"))]
#[test]
fn without_the_feature_an_address_of_postgres_says_how_to_build_it_in() -> Result<()> {
    let said = refused("place-postgres", "postgres://ada:hunter2@localhost/app")?;
    assert!(said.contains("`--features postgres`"), "{said}");
    Ok(())
}

#[cfg(feature = "redis")]
mod redis {
    use unjwt_store_servers::{Program, RedisServer, free_port};

    use super::*;
    use crate::devices::devices;
    use crate::support::client::Client;
    use crate::support::server::Server;
    use crate::{assert_unauthorized, login};

    /// A machine with the keys in this folder.
    fn machine(folder: &Folder, redis: &RedisServer) -> Result<Server> {
        program(folder).arg("--store").arg(redis.url()).start()
    }

    #[test]
    fn machines_share_the_logins_and_their_ends() -> Result<()> {
        let Some(redis) = RedisServer::start() else { return Ok(()) };
        let folder = Folder::new("place-shared")?;
        let (one, two) = (machine(&folder, &redis)?, machine(&folder, &redis)?);
        let (mut phone, mut laptop) = (Client::new(&one.url), Client::new(&one.url));
        login(&mut phone, "ada")?;
        login(&mut laptop, "ada")?;
        let mut thief = phone.clone();
        for client in [&mut laptop, &mut thief] {
            client.moves_to(&two.url);
            assert_eq!(client.get("/me")?.status, 200, "any machine serves it");
        }
        assert_eq!(devices(&mut laptop)?.len(), 2);

        assert_eq!(phone.post("/logout")?.status, 204);
        thief.get_until("/me", 401)?;
        assert_eq!(devices(&mut laptop)?.len(), 1);

        login(&mut phone, "ada")?;
        assert_eq!(laptop.post("/devices/end-others")?.status, 204);
        phone.get_until("/me", 401)?;
        assert_eq!(laptop.get("/me")?.status, 200);

        // Another machine comes later.
        let three = machine(&folder, &redis)?;
        for client in [&mut thief, &mut phone] {
            client.moves_to(&three.url);
            assert_unauthorized(&client.get("/me")?);
        }
        laptop.moves_to(&three.url);
        assert_eq!(laptop.get("/me")?.status, 200);
        Ok(())
    }

    /// The server tells of no change, so that the other machine learns of the logout by itself, and no later than ten
    /// seconds after its last check.
    #[test]
    fn a_logout_is_seen_by_the_other_machine_within_recheck() -> Result<()> {
        let silent = ["--rename-command", "PUBLISH", ""];
        let Some(redis) = RedisServer::start_with(Program::Redis, &silent) else { return Ok(()) };
        let folder = Folder::new("place-recheck")?;
        // They have their clocks in one file.
        let (one, two) = (machine(&folder, &redis)?, machine(&folder, &redis)?);
        let mut person = Client::new(&one.url);
        login(&mut person, "ada")?;
        let mut thief = person.clone();
        thief.moves_to(&two.url);
        assert_eq!(thief.get("/me")?.status, 200);
        assert_eq!(person.post("/logout")?.status, 204);
        two.set_ahead(10)?;
        for answer in [thief.get("/me")?, thief.post("/renew")?, thief.get("/devices")?] {
            assert_unauthorized(&answer);
        }
        Ok(())
    }

    #[test]
    fn nobody_is_signed_in_or_out_while_the_server_is_away() -> Result<()> {
        let Some(mut redis) = RedisServer::start_with(Program::Redis, &["--appendonly", "yes"]) else {
            return Ok(());
        };
        let folder = Folder::new("place-away")?;
        let server = machine(&folder, &redis)?;
        let mut person = Client::new(&server.url);
        login(&mut person, "ada")?;
        let cookies = person.cookie_header("/me");

        redis.kill();
        assert_eq!(login(&mut Client::new(&server.url), "grace")?.status, 503);
        // Longer ago than what the process remembers of a login.
        server.set_ahead(60)?;
        person.ahead = 60;
        assert_eq!(person.get("/me")?.status, 503);
        assert_eq!(person.cookie_header("/me"), cookies, "stays signed in");

        redis.restart();
        person.get_until("/me", 200)
    }

    #[test]
    fn a_server_that_does_not_answer_is_refused_at_the_start() -> Result<()> {
        let place = format!("redis://ada:hunter2@127.0.0.1:{}", free_port());
        let said = refused("place-nobody", &place)?;
        assert!(said.contains("does not answer"), "{said}");
        Ok(())
    }
}
