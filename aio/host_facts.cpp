#include "aio/host_facts.hpp"

#include <fmt/format.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "aio/target.hpp"

namespace blkpath {
namespace {

using nlohmann::ordered_json;

std::string first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

/// "key: value" of /proc/meminfo, /proc/cpuinfo.
std::string value_of(const std::string& path, std::string_view key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t from = line.find_first_not_of(" \t", colon + 1);
    return from == std::string::npos ? "" : line.substr(from);
  }
  return "";
}

std::int64_t number(const std::string& text) {
  std::int64_t n = 0;
  std::istringstream(text) >> n;
  return n;
}

void put(ordered_json& j, const char* key, const std::string& path) {
  const std::string text = first_line(path);
  if (text.empty()) return;
  if (text.find_first_not_of("0123456789") == std::string::npos)
    j[key] = number(text);
  else
    j[key] = text;
}

std::string file_system(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) return "";
  switch (static_cast<unsigned long>(info.f_type)) {  // statfs(2)
    case 0xef53:
      return "ext2/ext3/ext4";
    case 0x58465342:
      return "xfs";
    case 0x9123683e:
      return "btrfs";
    case 0x01021994:
      return "tmpfs";
    case 0x65735546:
      return "fuse";
    case 0x6969:
      return "nfs";
    case 0xf2f52010:
      return "f2fs";
    case 0x794c7630:
      return "overlay";
    default:
      return fmt::format("{:#x}", static_cast<unsigned long>(info.f_type));
  }
}

/// Of a partition the whole device's queue counts; devices below an LVM or RAID volume are told, too.
ordered_json block_device(const std::filesystem::path& node, int depth) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  fs::path device = fs::canonical(node, ignored);
  if (ignored) return {};
  if (fs::exists(device / "partition", ignored)) device = device.parent_path();
  ordered_json j;
  const std::string queue = (device / "queue/").string();
  for (const char* key :
       {"scheduler", "nr_requests", "rotational", "write_cache", "fua", "logical_block_size",
        "physical_block_size", "max_sectors_kb", "read_ahead_kb", "rq_affinity", "wbt_lat_usec", "io_poll"})
    put(j, key, queue + key);
  put(j, "queue_depth", (device / "device/queue_depth").string());
  put(j, "model", (device / "device/model").string());
  j["size_bytes"] = number(first_line((device / "size").string())) * 512;
  if (depth < 4)
    for (const auto& below : fs::directory_iterator(device / "slaves", ignored))
      j["below"].push_back(block_device(below.path(), depth + 1));
  return j;
}

}  // namespace

std::string host_facts(const Target& target) {
  ordered_json j;
  utsname name{};
  if (uname(&name) == 0) {
    j["kernel"] = std::string(name.release);
    j["architecture"] = std::string(name.machine);
  }
  j["processor"] = value_of("/proc/cpuinfo", "model name");
  j["processors"] = sysconf(_SC_NPROCESSORS_ONLN);
  j["memory_kib"] = number(value_of("/proc/meminfo", "MemTotal"));
  for (const char* key :
       {"dirty_ratio", "dirty_bytes", "dirty_background_ratio", "dirty_background_bytes",
        "dirty_expire_centisecs", "dirty_writeback_centisecs", "vfs_cache_pressure", "swappiness"})
    put(j["vm"], key, std::string("/proc/sys/vm/") + key);
  j["target"]["kind"] = target.is_device() ? "block device" : "file";
  if (!target.is_device()) j["target"]["file_system"] = file_system(target.path());
  j["target"]["size_bytes"] = target.size().n;
  const ordered_json device =
      block_device(fmt::format("/sys/dev/block/{}:{}", target.major_number(), target.minor_number()), 0);
  if (!device.is_null()) j["device"] = device;
  return j.dump();
}

HostSampler::HostSampler(const Target& target, Time zero, Time period)
    : device_(fmt::format("/sys/dev/block/{}:{}/stat", target.major_number(), target.minor_number())),
      zero_(zero),
      period_(period),
      thread_([this] { run(); }) {}

HostSampler::~HostSampler() {
  if (thread_.joinable()) stop();
}

std::vector<std::string> HostSampler::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
  return std::move(samples_);
}

void HostSampler::run() {
  const std::int64_t tick_ms = 1000 / std::max(1L, sysconf(_SC_CLK_TCK));
  std::array<std::int64_t, 5> cpu_before{};
  std::array<std::int64_t, 11> io_before{};
  bool first = true;
  std::unique_lock lock(mutex_);
  for (Time due = clock_now();; due += period_) {
    std::array<std::int64_t, 5> cpu{};  // user, nice, system, idle, iowait
    std::string word;
    std::istringstream stat(first_line("/proc/stat"));
    stat >> word;
    for (std::int64_t& n : cpu) stat >> n;
    std::array<std::int64_t, 11> io{};  // Documentation/block/stat.rst
    std::istringstream device(first_line(device_));
    for (std::int64_t& n : io) device >> n;
    if (first) {
      cpu_before = cpu;
      io_before = io;
      first = false;
    }
    const auto ms = [&](std::size_t i) { return (cpu[i] - cpu_before[i]) * tick_ms; };
    const auto count = [&](std::size_t i) { return io[i] - io_before[i]; };
    samples_.push_back(ordered_json{
        {"t_ms", (clock_now() - zero_) / 1ms},
        {"dirty_kib", number(value_of("/proc/meminfo", "Dirty"))},
        {"writeback_kib", number(value_of("/proc/meminfo", "Writeback"))},
        {"cpu_user_ms", ms(0) + ms(1)},
        {"cpu_system_ms", ms(2)},
        {"cpu_idle_ms", ms(3)},
        {"cpu_iowait_ms", ms(4)},
        {"device_reads", count(0)},
        {"device_read_sectors", count(2)},
        {"device_writes", count(4)},
        {"device_write_sectors", count(6)},
        {"device_in_flight", io[8]},
        {"device_busy_ms",
         count(9)}}.dump());
    if (wake_.wait_for(lock, std::max(Time{0}, due + period_ - clock_now()), [this] { return ending_; }))
      return;
  }
}

}  // namespace blkpath
