<?php

return [
    'Piwik\Session\SessionAuth' => \Piwik\DI::autowire('Piwik\Plugins\ConformanceLogin\SessionAuth'),
];
