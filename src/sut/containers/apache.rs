//! Apache in Matomo's official image: one virtual host a slot, each on its own port with its own user directory.

use std::fmt::Write as _;

use crate::sut::php::SETTINGS;

/// Folder of the tree in the image.
pub const ROOT: &str = "/var/www/html";

/// The configuration that is added to the image's own, for slots as (port, user directory).
pub fn configuration(slots: &[(u16, String)], prepend: &str, log: &str) -> String {
    let mut text = String::from("ServerName 127.0.0.1\n");
    for (port, user) in slots {
        let _ = write!(
            text,
            "\nListen {port}\n<VirtualHost *:{port}>\n    DocumentRoot {ROOT}\n    SetEnv CONFORMANCE_USER_PATH \"{user}\"\n    \
             ErrorLog \"{log}\"\n    php_admin_value auto_prepend_file \"{prepend}\"\n"
        );
        for (key, value) in SETTINGS {
            let _ = writeln!(text, "    php_admin_value {key} {value}");
        }
        text.push_str("    php_admin_value opcache.revalidate_freq 0\n</VirtualHost>\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_its_own_port_and_user_directory() {
        let slots = [(8001, "/conformance/slots/default".to_owned()), (8002, "/conformance/slots/flag".to_owned())];
        let text = configuration(&slots, "/conformance/assets/prepend.php", "/conformance/logs/apache.log");
        for (port, user) in slots {
            let (_, host) = text.split_once(&format!("Listen {port}\n<VirtualHost *:{port}>")).expect("its host");
            let host = host.split("</VirtualHost>").next().unwrap_or_default();
            assert!(host.contains(&format!("SetEnv CONFORMANCE_USER_PATH \"{user}\"")), "{host}");
            assert!(host.contains("auto_prepend_file \"/conformance/assets/prepend.php\""), "{host}");
        }
    }
}
