/// A DiskSim disk as a part of ours.
#pragma once
#include <string>

#include "scenarios/part_import.hpp"

namespace blkpath {

/// Reads a disk from a file with a `disksim_disk` block (.diskspecs), or from one that sources it and
/// describes the bus as well (.parv). For the former, a .parv beside it that sources it gives the bus.
/// @throws ConfigError
ImportedPart import_disksim_disk(const std::string& path);

/// The part as a file; what was ignored stands in it as comments.
std::string part_text(const ImportedPart& imported);

}  // namespace blkpath
