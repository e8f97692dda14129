/// Reads the disk out of a QEMU command line: -drive, -blockdev with -device, -hda.
#pragma once
#include <string>
#include <string_view>

#include "scenarios/disk_config.hpp"

namespace blkpath {

struct QemuLineOptions {
  /// Which disk, when the line has several: its id, node-name, device id or file. Empty: the only one, or the
  /// only one left when disks with boot=on or snapshot=on are set aside.
  std::string_view which{};
  bool allow_blocking_native =
      false;  ///< QEMU before 2.6: aio=native on a buffered file is accepted and blocks
};

/// The disk that `line` describes. The line is what a shell would be given: quotes, backslash-newlines, `,,`
/// for a comma, nested `file.` options and JSON are understood; the program's name, the leading dashes and
/// everything about other devices may be there or not. `file=/dev/sdb,if=virtio` alone is taken for a -drive.
///
/// Not followed: -readconfig, -set, -global, and backing files. Options that would change the result but are
/// not modelled are listed in `not_modelled`; image formats other than raw, and buses other than virtio and
/// IDE, are errors.
/// @param place  what the errors name: the file and line that held it, or the command line
/// @throws ConfigError
DiskConfig parse_qemu_line(std::string_view line, const Place& place, const QemuLineOptions& options = {});

}  // namespace blkpath
