/// The disks on a QEMU command line, and the choice among them. Used by qemu_disk.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/disk_config.hpp"
#include "scenarios/qemu_options.hpp"

namespace blkpath {

/// What a command line says about disks, still as text.
struct QemuLine {
  std::vector<QemuOptions> drives, nodes, devices, iothreads;
  std::string machine;
  bool snapshot = false;                  ///< -snapshot
  std::vector<std::string> not_modelled;  ///< -readconfig, -set, -global
};
QemuLine read_qemu_line(std::string_view text, const Place& place);

/// A disk that the guest sees: from a -drive or a -blockdev, with its -device if it has one.
struct QemuDisk {
  const QemuOptions* drive = nullptr;
  const QemuOptions* node = nullptr;  ///< set when `drive` is not
  const QemuOptions* device = nullptr;

  std::vector<std::string> names() const;  ///< all that it answers to
  std::string name() const;                ///< the first of them
  bool set_aside() const;                  ///< boot=on or snapshot=on
};

/// Hard disks of the line; CD-ROMs, floppies and firmware are left out. They point into `line`.
std::vector<QemuDisk> find_disks(const QemuLine& line, const Place& place);
const QemuDisk& choose_disk(const std::vector<QemuDisk>& disks, std::string_view which, const Place& place);

/// The bus of a -device; a ConfigError when it is not modelled.
Bus device_bus(const QemuOptions& device, const Place& place);

/// The group whose `key` is `name`, or nullptr.
const QemuOptions* find_named(const std::vector<QemuOptions>& groups, std::string_view key,
                              std::string_view name);

}  // namespace blkpath
