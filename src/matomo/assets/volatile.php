<?php

/** Options that Matomo writes by the way: when a user was last seen, when something was last looked for, caches, locks, and the salt of a day. */
const CONFORMANCE_VOLATILE_OPTIONS = '/^(UsersManager\.lastSeen\.|.*LastCheck|.*_last|LatestVersion|.*cache|.*lock|ReportsArchived|report_to_invalidate_|fingerprint_salt_|(Social|SearchEngine)Definitions$)/i';
