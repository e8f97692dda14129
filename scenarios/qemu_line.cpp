#include "scenarios/qemu_line.hpp"

#include <algorithm>
#include <array>

#include "scenarios/shell_words.hpp"

namespace blkpath {
namespace {

constexpr std::array<std::string_view, 6> kVirtioBlk{
    "virtio-blk-pci",    "virtio-blk",    "virtio-blk-pci-transitional", "virtio-blk-pci-non-transitional",
    "virtio-blk-device", "virtio-blk-ccw"};
constexpr std::array<std::string_view, 2> kIde{"ide-hd", "ide-drive"};
constexpr std::array<std::string_view, 12> kOtherDevices{
    "scsi-hd", "scsi-disk",   "scsi-block", "scsi-generic", "nvme",      "nvme-ns",
    "usb-bot", "usb-storage", "usb-uas",    "sd-card",      "xen-block", "vhost-user-blk-pci"};
constexpr std::array<std::string_view, 3> kOpticalDevices{"ide-cd", "scsi-cd", "floppy"};
constexpr std::array<std::string_view, 4> kNotDisks{"floppy", "pflash", "sd", "mtd"};

template <class List>
bool in(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool on(const QemuOptions& options, std::string_view key) {
  const std::string value = options.get(key);
  return value == "on" || value == "yes" || value == "true";
}

void add_option(std::string_view name, const std::string& argument, QemuLine& line, const Place& place) {
  if (name == "drive") {
    line.drives.push_back(parse_qemu_options("-drive", argument, "", place));
  } else if (name == "hda" || name == "hdb" || name == "hdc" || name == "hdd") {
    line.drives.push_back(
        {"-" + std::string(name), {{"file", argument}, {"if", "ide"}, {"id", std::string(name)}}});
  } else if (name == "blockdev") {
    line.nodes.push_back(parse_qemu_options("-blockdev", argument, "driver", place));
  } else if (name == "device") {
    line.devices.push_back(parse_qemu_options("-device", argument, "driver", place));
  } else if (name == "object") {
    QemuOptions object = parse_qemu_options("-object", argument, "qom-type", place);
    if (object.get("qom-type") == "iothread") line.iothreads.push_back(std::move(object));
  } else if (name == "machine" || name == "M") {
    line.machine = parse_qemu_options("-machine", argument, "type", place).get("type");
  } else if (name == "readconfig" || name == "set" ||
             (name == "global" && (argument.starts_with("virtio-blk") || argument.starts_with("ide-")))) {
    line.not_modelled.push_back("-" + std::string(name) + " " + argument);
  }
}

bool is_program(std::string_view word) {
  const std::string_view base = word.substr(word.rfind('/') + 1);  // npos + 1 is 0
  return base.starts_with("qemu") || base == "kvm";
}
}  // namespace

QemuLine read_qemu_line(std::string_view text, const Place& place) {
  const std::vector<std::string> words = shell_words(text, place);
  QemuLine line;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool dashed = word.starts_with('-') && word.size() > 1;
    const std::string name = word.substr(!dashed ? 0 : word.starts_with("--") ? 2 : 1);
    const bool bare = in(std::array<std::string_view, 4>{"drive", "blockdev", "device", "object"}, name);
    if (dashed || bare) {
      const Arity arity = qemu_option_arity(name);
      if (arity == Arity::unknown)
        throw ConfigError(place, "", "'" + word + "' is not an option of QEMU." + suggest_qemu_option(name));
      if (arity == Arity::argument && i + 1 == words.size())
        throw ConfigError(place, word, "needs an argument, for example '-drive file=/dev/sdb,if=virtio'");
      if (name == "snapshot") line.snapshot = true;
      if (arity == Arity::argument) add_option(name, words[++i], line, place);
    } else if (word.starts_with('{')) {
      add_option("blockdev", word, line, place);
    } else if (word.find('=') != std::string::npos) {
      add_option("drive", word, line, place);
    } else if (i > 0 || !is_program(word)) {
      throw ConfigError(
          place, "",
          "'" + word + "' stands alone; a disk is given as '-drive file=/dev/sdb,if=virtio,cache=none'." +
              suggest_qemu_option(word));
    }
  }
  return line;
}

std::vector<std::string> QemuDisk::names() const {
  std::vector<std::string> all;
  const QemuOptions& source = drive ? *drive : *node;
  for (const char* key : {"id", "node-name", "file", "file.filename", "filename"})
    if (const std::string* value = source.find(key)) all.push_back(*value);
  if (const std::string* id = device ? device->find("id") : nullptr) all.push_back(*id);
  return all;
}

std::string QemuDisk::name() const {
  const std::vector<std::string> all = names();
  return all.empty() ? "without a name" : all.front();
}

bool QemuDisk::set_aside() const { return drive && (on(*drive, "boot") || on(*drive, "snapshot")); }

const QemuOptions* find_named(const std::vector<QemuOptions>& groups, std::string_view key,
                              std::string_view name) {
  const auto at = std::find_if(groups.begin(), groups.end(), [&](const QemuOptions& g) {
    const std::string* value = g.find(key);
    return value && *value == name;
  });
  return at == groups.end() ? nullptr : &*at;
}

std::vector<QemuDisk> find_disks(const QemuLine& line, const Place& place) {
  std::vector<QemuDisk> disks;
  std::vector<const QemuOptions*> used;  // sources that some device names
  for (const QemuOptions& device : line.devices) {
    const std::string* source = device.find("drive");
    if (source == nullptr) continue;
    const QemuOptions* drive = find_named(line.drives, "id", *source);
    if (drive == nullptr) drive = find_named(line.drives, "node-name", *source);
    const QemuOptions* node = drive ? nullptr : find_named(line.nodes, "node-name", *source);
    if (!drive && !node)
      throw ConfigError(
          place, "-device drive",
          "'" + *source + "' is neither the id of a -drive nor the node-name of a -blockdev on the line");
    used.push_back(drive ? drive : node);
    const bool cdrom = drive && drive->get("media") == "cdrom";
    if (!cdrom && !in(kOpticalDevices, device.get("driver"))) disks.push_back({drive, node, &device});
  }
  const auto is_used = [&](const QemuOptions& o) {
    return std::find(used.begin(), used.end(), &o) != used.end();
  };
  for (const QemuOptions& drive : line.drives)
    if (!is_used(drive) && drive.get("media") != "cdrom" && !in(kNotDisks, drive.get("if")))
      disks.push_back({&drive, nullptr, nullptr});
  for (const QemuOptions& node : line.nodes) {
    const std::string name = node.get("node-name");
    const bool inner = std::any_of(line.nodes.begin(), line.nodes.end(), [&](const QemuOptions& parent) {
      return std::any_of(parent.entries.begin(), parent.entries.end(), [&](const auto& entry) {
        return entry.second == name && (entry.first.ends_with("file") || entry.first.ends_with("backing"));
      });
    });
    if (!is_used(node) && !inner) disks.push_back({nullptr, &node, nullptr});
  }
  return disks;
}

const QemuDisk& choose_disk(const std::vector<QemuDisk>& disks, std::string_view which, const Place& place) {
  std::string list;
  std::vector<std::string> every_name;
  std::vector<const QemuDisk*> left;
  for (const QemuDisk& disk : disks) {
    list.append(list.empty() ? "" : ", ").append("'" + disk.name() + "'");
    const std::vector<std::string> names = disk.names();
    every_name.insert(every_name.end(), names.begin(), names.end());
    if (which.empty() ? disks.size() == 1 || !disk.set_aside() : in(names, which)) left.push_back(&disk);
  }
  if (disks.empty())
    throw ConfigError(place, "",
                      "the line has no disk; use for example '-drive file=/dev/sdb,if=virtio,cache=none'");
  if (left.empty() && !which.empty())
    throw ConfigError(place, "--disk",
                      "'" + std::string(which) + "' is no disk of the line, which has " + list + "." +
                          did_you_mean(which, every_name));
  if (left.size() != 1) {
    const QemuDisk& example = left.empty() ? disks.back() : *left.back();
    throw ConfigError(place, "--disk",
                      "the line has " + std::to_string(disks.size()) + " disks, " + list +
                          "; choose one, for example '--disk " + example.name() + "'");
  }
  return *left.front();
}

Bus device_bus(const QemuOptions& device, const Place& place) {
  const std::string driver = device.get("driver");
  if (in(kVirtioBlk, driver)) return Bus::virtio_blk;
  if (in(kIde, driver)) return Bus::ide;
  const std::string good = "use 'virtio-blk-pci' or 'ide-hd'";
  if (in(kOtherDevices, driver))
    throw ConfigError(place, "-device driver", "'" + driver + "' is not modelled yet; " + good);
  throw ConfigError(place, "-device driver",
                    "'" + driver + "' is no disk that blkpath knows; " + good + "." +
                        did_you_mean(driver, {kVirtioBlk.begin(), kVirtioBlk.end()}));
}

}  // namespace blkpath
