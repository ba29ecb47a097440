// <sys/pidfd.h> for C++: that of glibc 2.36 does not say that it declares C functions.
#pragma once

#include <fcntl.h>

#include <csignal>

extern "C" {
#include <sys/pidfd.h>
}
