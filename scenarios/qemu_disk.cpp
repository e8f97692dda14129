#include "scenarios/qemu_disk.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "model/core/units.hpp"
#include "scenarios/qemu_line.hpp"

namespace blkpath {
namespace {

constexpr std::array<std::string_view, 2> kProtocols{"file", "host_device"};
constexpr std::array<std::string_view, 2> kFilters{"throttle", "copy-on-read"};
constexpr std::array<std::string_view, 16> kOtherDrivers{
    "nbd",  "rbd",     "iscsi", "nfs",      "ssh",    "http",    "https", "ftp",
    "curl", "null-co", "nvme",  "null-aio", "quorum", "gluster", "blkio", "host_cdrom"};
constexpr int kDeepestChain = 16;

template <class List>
bool in(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

/// Parses the option `key` when it is given; an error names group and key.
template <class Parse>
auto parsed(const QemuOptions& options, const std::string& key, const Place& place, Parse parse)
    -> std::optional<decltype(parse(std::string_view{}))> {
  const std::string* text = options.find(key);
  if (text == nullptr) return std::nullopt;
  try {
    return parse(*text);
  } catch (const std::invalid_argument& error) {
    throw ConfigError(place, options.where + " " + key, error.what());
  }
}

int parse_small_count(std::string_view text) {
  const std::int64_t count = parse_count(text);
  if (count < 1 || count > 65535)
    throw std::invalid_argument("'" + std::string(text) + "' is outside 1 to 65535, for example '4'");
  return static_cast<int>(count);
}

/// QEMU takes letters before a colon for a protocol; only local files and devices are modelled.
std::string local_file(std::string_view name, const QemuOptions& options, const std::string& key,
                       const Place& place) {
  if (name.starts_with("file:")) name.remove_prefix(5);
  const std::size_t end = name.find_first_of(":/");
  if (name.empty())
    throw ConfigError(place, options.where + " " + key,
                      "names no file; use for example '" + key + "=/dev/sdb'");
  if (end != std::string_view::npos && end > 0 && name[end] == ':')
    throw ConfigError(
        place, options.where + " " + key,
        "'" + std::string(name) + "' goes through the protocol '" + std::string(name.substr(0, end)) +
            "', which is not modelled yet; use a file or a block device, for example '/dev/sdb'");
  return std::string(name);
}

/// QEMU probes the content of an image without format=; blkpath has only the name to go by.
void check_extension(const std::string& file, const QemuOptions& options, const Place& place) {
  const std::size_t dot = file.rfind('.');
  const std::size_t slash = file.rfind('/');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return;
  const std::string extension = file.substr(dot + 1);
  for (const std::string_view other : {"qcow2", "qcow", "qed", "vmdk", "vdi", "vhdx", "vhd"})
    if (extension == other)
      throw ConfigError(place, options.where + " file",
                        "'" + file + "' looks like " + extension +
                            ", which is not modelled yet; say format=raw if its content is raw");
}

void read_drive(const QemuOptions& drive, DiskConfig& disk, const Place& place) {
  check_names(drive, kDriveOptions, place, disk.not_modelled);
  const std::string file_key = drive.find("file")            ? "file"
                               : drive.find("file.filename") ? "file.filename"
                                                             : "filename";
  disk.file = local_file(drive.get(file_key), drive, file_key == "filename" ? "file" : file_key, place);
  const char* format_key = drive.find("format") ? "format" : "driver";
  if (!in(kProtocols, drive.get(format_key))) {
    if (const auto image = parsed(drive, format_key, place, parse_image_format))
      disk.format = *image;
    else
      check_extension(disk.file, drive, place);
  }
  if (const auto mode = parsed(drive, "cache", place, parse_cache_mode)) disk.cache = cache_flags(*mode);
  for (const char* prefix : {"", "file."}) {  // the protocol node has the last word
    const std::string at(prefix);
    if (const auto on = parsed(drive, at + "cache.direct", place, parse_bool)) disk.cache.o_direct = *on;
    if (const auto on = parsed(drive, at + "cache.no-flush", place, parse_bool))
      disk.cache.flush_honoured = !*on;
    if (const auto aio = parsed(drive, at + "aio", place, parse_aio)) disk.aio = *aio;
  }
  if (const auto on = parsed(drive, "cache.writeback", place, parse_bool)) disk.cache.write_cache_shown = *on;
  if (const auto on = parsed(drive, "snapshot", place, parse_bool)) disk.snapshot = *on;
  for (const char* key : {"readonly", "read-only"})
    if (const auto on = parsed(drive, key, place, parse_bool)) disk.read_only = *on;
}

/// Follows a -blockdev from the node the guest's device names down to the one that opens the file.
void read_node(const QemuLine& line, const QemuOptions& root, DiskConfig& disk, const Place& place) {
  const QemuOptions* node = &root;
  std::string at;  // "file." for each level nested within one -blockdev
  check_names(*node, kNodeOptions, place, disk.not_modelled);
  if (const auto on = parsed(*node, "read-only", place, parse_bool)) disk.read_only = *on;
  for (int depth = 0; depth < kDeepestChain; ++depth) {
    // An inline child inherits its parent's cache options, a node of its own does not.
    if (const auto on = parsed(*node, at + "cache.direct", place, parse_bool)) disk.cache.o_direct = *on;
    if (const auto on = parsed(*node, at + "cache.no-flush", place, parse_bool))
      disk.cache.flush_honoured = !*on;
    const std::string driver = node->get(at + "driver");
    const std::string key = node->where + " " + at + "driver";
    if (in(kProtocols, driver)) {
      disk.file = local_file(node->get(at + "filename"), *node, at + "filename", place);
      disk.aio = parsed(*node, at + "aio", place, parse_aio).value_or(Aio::threads);
      return;
    }
    if (in(kFilters, driver))
      disk.not_modelled.push_back(node->where + " driver=" + driver);
    else if (in(kOtherDrivers, driver))
      throw ConfigError(place, key, "'" + driver + "' is not modelled yet; use 'file' or 'host_device'");
    else if (driver.empty())
      throw ConfigError(place, key, "is missing; use for example 'driver=raw' or 'file.driver=host_device'");
    else if (const auto image = parsed(*node, at + "driver", place, parse_image_format))
      disk.format = *image;
    if (const std::string* child = node->find(at + "file")) {
      node = find_named(line.nodes, "node-name", *child);
      if (node == nullptr)
        throw ConfigError(place, root.where + " file",
                          "'" + *child + "' is the node-name of no -blockdev on the line");
      check_names(*node, kNodeOptions, place, disk.not_modelled);
      at.clear();
      disk.cache = CacheFlags{};
    } else {
      at += "file.";
    }
  }
  throw ConfigError(place, root.where,
                    "'" + root.get("node-name") + "' is a chain of nodes that never reaches a file");
}

void read_device(const QemuLine& line, const QemuOptions& device, DiskConfig& disk, const Place& place) {
  disk.bus = device_bus(device, place);
  check_names(device, disk.bus == Bus::ide ? kIdeOptions : kVirtioBlkOptions, place, disk.not_modelled);
  if (device.get("write-cache") != "auto")
    if (const auto on = parsed(device, "write-cache", place, parse_bool)) disk.cache.write_cache_shown = *on;
  if (const auto count = parsed(device, "num-queues", place, parse_small_count)) disk.num_queues = *count;
  if (const auto size = parsed(device, "queue-size", place, parse_small_count)) disk.queue_size = *size;
  if (const std::string* id = device.find("iothread")) {
    const QemuOptions* thread = find_named(line.iothreads, "id", *id);
    if (thread == nullptr)
      throw ConfigError(place, device.where + " iothread",
                        "'" + *id + "' is on the line as no iothread; add '-object iothread,id=" + *id + "'");
    check_names(*thread, kIothreadOptions, place, disk.not_modelled);
    disk.iothread = true;
  }
}

/// On q35 and on an AHCI controller QEMU's ide-hd and if=ide are SATA disks, which queue 32 commands.
void check_not_ahci(const QemuLine& line, const QemuDisk& chosen, const Place& place) {
  const std::string bus = chosen.device ? chosen.device->get("bus") : "";
  if (bus.starts_with("ahci") || bus.starts_with("sata") || (line.machine.find("q35") != std::string::npos))
    throw ConfigError(
        place, chosen.device ? chosen.device->where + " driver" : "-drive if",
        "'ide' on this machine or bus is SATA (AHCI), which is not modelled yet; use if=virtio or "
        "virtio-blk-pci, or -machine pc");
}
}  // namespace

DiskConfig parse_qemu_line(std::string_view text, const Place& place, const QemuLineOptions& options) {
  const QemuLine line = read_qemu_line(text, place);
  const std::vector<QemuDisk> disks = find_disks(line, place);
  const QemuDisk& chosen = choose_disk(disks, options.which, place);

  DiskConfig disk;
  disk.id = chosen.name();
  disk.not_modelled = line.not_modelled;
  disk.snapshot = chosen.drive && line.snapshot;  // QEMU leaves -blockdev alone
  for (const QemuDisk& other : disks)
    if (&other != &chosen) disk.others.push_back(other.name());

  if (chosen.drive)
    read_drive(*chosen.drive, disk, place);
  else
    read_node(line, *chosen.node, disk, place);
  const QemuOptions& source = chosen.drive ? *chosen.drive : *chosen.node;
  if (chosen.device)
    read_device(line, *chosen.device, disk, place);
  else if (chosen.node || source.get("if") == "none")
    throw ConfigError(place, source.where,
                      "no -device gives '" + disk.id +
                          "' to the guest; add '-device virtio-blk-pci,drive=" + disk.id + "'");
  else  // x86 machines take -drive without if= for IDE
    disk.bus = parsed(source, "if", place, parse_bus).value_or(Bus::ide);
  if (disk.bus == Bus::ide) check_not_ahci(line, chosen, place);
  if (disk.snapshot) disk.not_modelled.emplace_back("snapshot=on (writes go to a temporary qcow2 file)");
  check(disk, place, options.allow_blocking_native);
  return disk;
}

}  // namespace blkpath
