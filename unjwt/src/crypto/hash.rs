use aws_lc_rs::digest;

/// SHA-256, for thumbprints.
pub(crate) fn sha256(data: &[u8]) -> impl AsRef<[u8]> {
    digest::digest(&digest::SHA256, data)
}
