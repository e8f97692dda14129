#include "hw/calibrated_params.hpp"

#include <stdexcept>

namespace blkpath {

void CalibratedParams::check() const {
  if (capacity.n < 512) throw std::invalid_argument("capacity: at least 512B, for example 240GB");
  if (tags < 1 || tags > 65536) throw std::invalid_argument("tags: 1 to 65536, for example 32");
  if (lanes < 1 || lanes > 1024) throw std::invalid_argument("lanes: 1 to 1024, for example 1");
  if (stripe.n < 512) throw std::invalid_argument("stripe: at least 512B, for example 64KiB");
  if (servers < 1 || servers > 65536) throw std::invalid_argument("servers: 1 to 65536, for example 12");
  if (link_rate.per_second < 1) throw std::invalid_argument("link_rate: above 0, for example 300MB/s");
  for (const Time t :
       {command_cost, read_per_kib, write_per_kib, turn, seek_base, write_seek_base, max_age, coalesce_time})
    if (t < Time{0} || t > Time{3600s})
      throw std::invalid_argument("times are 0 to an hour, for example 'command_cost: 5us'");
  if (seek_full < seek_base) throw std::invalid_argument("seek_base <= seek_full must hold");
  if (write_seek_full > Time{0} && write_seek_full < write_seek_base)
    throw std::invalid_argument("write_seek_base <= write_seek_full must hold");
  if (!(miss >= 0 && miss <= 1)) throw std::invalid_argument("miss: 0 to 1, for example 0.05");
  if (ahead < 0 || ahead > 1) throw std::invalid_argument("ahead: 0 or 1");
  if (write_buffer.n < 0) throw std::invalid_argument("write_buffer: 0 or more, for example 256KiB");
  if (!(rewritten >= 0 && rewritten < 1))
    throw std::invalid_argument("rewritten: 0 to below 1, for example 0.2");
  if (coalesce_from < 0) throw std::invalid_argument("coalesce_from: 0 or more, for example 4");
  const auto table = [](const std::vector<QuantilePoint>& points, const char* name) {
    return QuantileTable(points, name);
  };
  table(read, "read");
  table(write, "write");
  table(read_sequential, "read_sequential");
  table(write_sequential, "write_sequential");
  table(write_ack, "write_ack");
}

}  // namespace blkpath
