/// A trace as a device was measured by.
#pragma once
#include <functional>
#include <string>

#include "traces/record.hpp"

namespace blkpath {

/// Gives the reads and writes of a trace to `use`, in the file's order.
/// @throws ConfigError when one has no completion, when they are of several devices, or there are none
void for_each_measured(const std::string& path, const std::function<void(const IoRecord&)>& use);

}  // namespace blkpath
