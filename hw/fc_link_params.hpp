/// What a Fibre Channel link is described by.
#pragma once
#include <array>
#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include "hw/fc_arbitration.hpp"
#include "hw/fc_frames.hpp"
#include "hw/link_profile.hpp"
#include "model/core/params.hpp"

namespace blkpath {

enum class FcTopology : std::uint8_t { loop, point_to_point };
template <>
struct EnumNames<FcTopology> {
  static constexpr std::array<std::pair<std::string_view, FcTopology>, 2> names{
      {{"loop", FcTopology::loop}, {"point_to_point", FcTopology::point_to_point}}};
};
enum class LoopAccess : std::uint8_t { arrival, fair, priority };
template <>
struct EnumNames<LoopAccess> {
  static constexpr std::array<std::pair<std::string_view, LoopAccess>, 3> names{
      {{"arrival", LoopAccess::arrival}, {"fair", LoopAccess::fair}, {"priority", LoopAccess::priority}}};
};

struct FcLinkParams {
  FcSpeed speed = FcSpeed::fc2;
  ByteRate rate{0};
  FcTopology topology = FcTopology::loop;
  int ports = 15;
  LoopAccess access = LoopAccess::arrival;
  int frames_per_tenancy = 0;
  Bytes frame_payload = 2048_B;
  Bytes frame_overhead = 60_B;
  Bytes burst{0};
  Time port_delay = 113ns;
  Time turnaround = 1us;
  double length_km = 0;
  int credits = 0;
  LinkProfile state_profile;
  LinkProfile bandwidth_profile;
  Time timeout = 30s;
  Time fast_io_fail = 5s;
  int retries = 5;

  static auto fields() {
    using P = FcLinkParams;
    return std::tuple{
        field("speed", &P::speed, "baud rate and line coding", datasheet("FC-PI 2 Gb: 2.125 GBd, 8b/10b")),
        field("rate", &P::rate, "byte rate after line coding; 0B/s: what speed gives", configured()),
        field("topology", &P::topology, "loop (FC-AL) or point to point", configured()),
        field("ports", &P::ports, "ports on the loop, the HBA's included", configured()),
        field("access", &P::access,
              "to the loop: the commands in order of arrival, all sequences of one way in one go (fast to "
              "simulate); or sequence by sequence, by priority with or without access fairness",
              assumed("arrival: the same throughput as fair")),
        field("frames_per_tenancy", &P::frames_per_tenancy,
              "after which a port that others wait for gives up the loop; 0: at the end of a sequence",
              assumed("drives send a sequence to its end")),
        field("frame_payload", &P::frame_payload, "data in a full frame",
              datasheet("FC-FS: 2112 at most; FCP uses 2048")),
        field("frame_overhead", &P::frame_overhead, "header, CRC, delimiters and idles of a frame",
              datasheet("FC-FS: 24 + 4 + 8 bytes, and six idle words")),
        field("burst", &P::burst,
              "write data that a target asks for with one transfer-ready; 0B: all at once",
              assumed("SPC's disconnect-reconnect page: a maximum burst size of 0 is no limit")),
        field("port_delay", &P::port_delay, "through one port of the loop",
              datasheet("FC-AL-2: at most six transmission words")),
        field("turnaround", &P::turnaround,
              "of a tenancy: from winning the loop to the first frame, and from the last one to the close",
              assumed("a few hundred words of port firmware")),
        field("length_km", &P::length_km, "of the cable, point to point; 5 us a kilometre", configured()),
        field("credits", &P::credits,
              "frames that may be on their way before the receiver has given back a buffer; 0: enough",
              assumed("short cables never wait for credit")),
        field("state_profile", &P::state_profile,
              "when the link is up (above 0) and down (0), in SimGrid's format; a file or its text",
              configured()),
        field("bandwidth_profile", &P::bandwidth_profile,
              "fraction of the rate, or above 1 bytes per second, in SimGrid's format; a file or its text",
              configured()),
        field("timeout", &P::timeout, "after which a command that was lost is sent again",
              datasheet("Linux sd: SD_TIMEOUT, 30 s")),
        field("fast_io_fail", &P::fast_io_fail,
              "how long the link is down before what waits for it fails with ENOLINK",
              datasheet("multipath.conf(5): fast_io_fail_tmo is 5 s; without multipathd dev_loss_tmo, 60 s")),
        field("retries", &P::retries, "times a lost command is sent again before it fails with ETIMEDOUT",
              datasheet("Linux sd: SD_MAX_RETRIES, 5")),
    };
  }
  void check() const {
    const bool loop = topology == FcTopology::loop;
    if (burst.n < 0) throw std::invalid_argument("burst: not below 0B, for example 64KiB");
    if (ports < 2 || ports > FcArbitration::kPorts)
      throw std::invalid_argument("ports: 2 to 127, for example 15");
    if (frame_payload.n < 1 || frame_payload.n > 2112)
      throw std::invalid_argument("frame_payload: 1B to 2112B, for example 2048B");
    if (frames_per_tenancy < 0) throw std::invalid_argument("frames_per_tenancy: not below 0, for example 8");
    if (length_km < 0 || length_km > 10'000)
      throw std::invalid_argument("length_km: 0 to 10000, for example 10");
    if (credits < 0) throw std::invalid_argument("credits: not below 0, for example 16");
    if (loop && (length_km > 0 || credits > 0))
      throw std::invalid_argument(
          "length_km and credits are those of a link with 'topology: point_to_point'; a loop has port_delay");
    if (loop && access != LoopAccess::arrival && turnaround + port_delay <= Time{0})
      throw std::invalid_argument("turnaround: above 0ns, for example 1us");
    if (!bandwidth_profile.empty() && bandwidth_profile.lowest() <= 0)
      throw std::invalid_argument(
          "bandwidth_profile: above 0, for example '10.5 0.5'; state_profile is for 0");
    if (timeout <= Time{0}) throw std::invalid_argument("timeout: above 0ns, for example 30s");
    if (fast_io_fail < Time{0}) throw std::invalid_argument("fast_io_fail: not below 0ns, for example 5s");
    if (retries < 0) throw std::invalid_argument("retries: not below 0, for example 5");
  }
};

}  // namespace blkpath
