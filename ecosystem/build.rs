//! The gRPC service of `src/frameworks/tonic.rs`, as `tonic-prost-build` makes one of a `.proto` file; that needs `protoc`.

use tonic_build::manual::{Builder, Method, Service};

fn main() {
    let method = |name, route, input, output| {
        let method = Method::builder().name(name).route_name(route);
        method.input_type(input).output_type(output).codec_path("tonic_prost::ProstCodec").build()
    };
    let account = Service::builder()
        .package("shop")
        .name("Account")
        .method(method("log_in", "LogIn", "super::User", "super::Token"))
        .method(method("who_am_i", "WhoAmI", "super::Empty", "super::User"))
        .method(method("log_out", "LogOut", "super::Empty", "super::Empty"));
    Builder::new().compile(&[account.build()]);
    println!("cargo::rerun-if-changed=build.rs");
}
