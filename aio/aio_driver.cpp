#include "aio/aio_driver.hpp"

#include <fmt/format.h>

#include <vector>

#include "model/core/error.hpp"

namespace blkpath {
namespace {
std::map<std::string, AioDriverInfo, std::less<>>& table() {
  static std::map<std::string, AioDriverInfo, std::less<>> drivers;
  return drivers;
}
}  // namespace

const std::map<std::string, AioDriverInfo, std::less<>>& aio_drivers() { return table(); }

RegisteredDriver::RegisteredDriver(AioDriverInfo info) {
  std::string name = info.name;
  table().emplace(std::move(name), std::move(info));
}

const AioDriverInfo& find_aio_driver(std::string_view name, std::string_view key) {
  if (const auto it = table().find(name); it != table().end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, info] : table()) names.push_back(known);
  throw ConfigError({}, key,
                    fmt::format("there is no driver '{}'.{} The drivers are {}.", name,
                                did_you_mean(name, names), fmt::join(names, ", ")));
}

std::unique_ptr<AioDriver> make_aio_driver(const AioDriverInfo& info, const AioOptions& options) {
  if (info.needs_direct && !options.direct && !options.allow_blocking)
    throw ConfigError(
        {}, "--driver",
        fmt::format("'{}' without O_DIRECT does the whole I/O in the submitting call; set direct=1 in the "
                    "job, or --allow-blocking to measure just that",
                    info.name));
  return info.make(options);
}

}  // namespace blkpath
