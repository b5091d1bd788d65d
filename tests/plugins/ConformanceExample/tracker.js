(function () {
    // Nothing: that it is there makes Matomo want to write its own tracker anew.
}());
