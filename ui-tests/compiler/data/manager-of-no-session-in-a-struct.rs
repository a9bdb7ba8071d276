use unjwt::SessionManager;

struct Other;

struct Service {
    session: SessionManager<Other>,
}

fn main() {}
