use unjwt::{SessionHandle, SessionState};

#[derive(SessionState)]
struct App<T> {
    token: SessionHandle<T>,
}

fn main() {}
