<?php

$list = ['ConformanceExample.embed'];

return [
    'token_auth.write_admin_allowed_module_actions' => class_exists('Piwik\\DI')
        ? \Piwik\DI::add($list)
        : (class_exists('Matomo\\DI') ? \Matomo\DI::add($list) : \DI\add($list)),
];
