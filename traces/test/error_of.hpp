/// For tests: the message of the error that a call throws.
#pragma once
#include <string>

#include "model/core/error.hpp"

namespace blkpath {

/// What the ConfigError says that `f` throws, or "" when it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

}  // namespace blkpath
