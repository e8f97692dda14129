#include "scenarios/measured_trace.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

#include "model/core/error.hpp"
#include "traces/format.hpp"

namespace blkpath {

void for_each_measured(const std::string& path, const std::function<void(const IoRecord&)>& use) {
  const std::unique_ptr<TraceReader> reader = open_trace(path);
  std::array<IoRecord, 1024> buffer;
  std::size_t requests = 0;
  std::uint32_t device = 0;
  for (std::size_t n = reader->read(buffer); n > 0; n = reader->read(buffer))
    for (const IoRecord& r : std::span(buffer).first(n)) {
      if (r.op != Op::read && r.op != Op::write) continue;
      if (!r.done())
        throw ConfigError(
            {path, 0}, "trace",
            fmt::format("request {} has no completion time; a measured trace says how long each took",
                        requests + 1));
      if (requests++ == 0) device = r.device;
      if (r.device != device)
        throw ConfigError({path, 0}, "trace",
                          fmt::format("request {} is of device {}, those before it of device {}; "
                                      "'blkpath trace convert --device {}' takes one of them",
                                      requests, r.device, device, device));
      use(r);
    }
  if (requests == 0) throw ConfigError({path, 0}, "trace", "no reads or writes in it");
}

}  // namespace blkpath
