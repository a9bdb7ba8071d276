//! The record of the only login in the store, which says how often it was renewed.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use unjwt_store_servers::RedisServer;

/// The seconds in which there is at most one renewal: `rotation` of `refresh-token`.
pub const WINDOW: u64 = 30;

/// Returns the generation of the login: the first number of its record, after what the store and the record begin with.
const GENERATION: &str = r"
local logins = redis.call('KEYS', 'unjwt:01*')
if #logins ~= 1 then
  return redis.error_reply(#logins .. ' logins instead of one')
end
local record = redis.call('GETRANGE', logins[1], 9, -1)
if record == '\1\1' then
  return 'ended'
end
return struct.unpack('>I8', record, 3)
";

fn record(redis: &RedisServer) -> String {
    redis.command(&["EVAL", GENERATION, "0"])
}

/// Returns the generation of the login's present tokens.
pub fn generation(redis: &RedisServer) -> Result<u64> {
    let record = record(redis);
    record.parse().context(record)
}

pub fn has_ended(redis: &RedisServer) -> bool {
    record(redis) == "ended"
}

/// The renewals that are counted from a moment on.
pub struct Count {
    before: u64,
    since: Instant,
}

impl Count {
    pub fn begin(redis: &RedisServer) -> Result<Self> {
        Ok(Self { before: generation(redis)?, since: Instant::now() })
    }

    pub fn so_far(&self, redis: &RedisServer) -> Result<u64> {
        Ok(generation(redis)?.saturating_sub(self.before))
    }

    /// Waits until so many renewals are written.
    pub fn wait_for(&self, renewals: u64, redis: &RedisServer) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(60);
        while self.so_far(redis)? != renewals {
            ensure!(Instant::now() < end, "{} renewals, not {renewals}", self.so_far(redis)?);
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// There was one renewal, however many requests asked for it. If this machine is so slow that they did not come in
    /// one window, there may have been as many as windows.
    #[track_caller]
    pub fn assert_one(self, redis: &RedisServer) -> Result<()> {
        let (renewals, windows) = (self.so_far(redis)?, 1 + self.since.elapsed().as_secs() / WINDOW);
        assert!((1..=windows).contains(&renewals), "{renewals} renewals in {windows} windows");
        Ok(())
    }
}
