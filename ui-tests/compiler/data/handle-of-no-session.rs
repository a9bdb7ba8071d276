use unjwt::SessionHandle;

struct Other;

struct Service {
    session: SessionHandle<Other>,
}

fn main() {}
