/// How many bytes a link carries for some data that it cuts into frames.
#pragma once
#include "model/core/units.hpp"

namespace blkpath {

/// Frames, packets, segments, PDUs: up to `payload` of data in each, and `overhead` with it.
struct Framing {
  Bytes payload, overhead;

  std::int64_t frames(Bytes data) const { return (data.n + payload.n - 1) / payload.n; }
  /// None for no data.
  Bytes on_wire(Bytes data) const { return data + overhead * frames(data); }
};

}  // namespace blkpath
