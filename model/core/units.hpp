/// Quantities: simulated time, bytes, sectors and rates. The unit lives in the type.
#pragma once
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace blkpath {

using namespace std::chrono_literals;

/// Simulated time is an integer number of nanoseconds, so runs repeat exactly.
using Time = std::chrono::duration<std::int64_t, std::nano>;

/// The simulator's clock; an Instant cannot be mixed with steady_clock::now().
struct SimClock {
  using duration = Time;
  using rep = Time::rep;
  using period = Time::period;
  using time_point = std::chrono::time_point<SimClock, Time>;
  static constexpr bool is_steady = true;
};
using Instant = SimClock::time_point;

constexpr double seconds(Time t) { return static_cast<double>(t.count()) * 1e-9; }
constexpr double micros(Time t) { return static_cast<double>(t.count()) * 1e-3; }
/// Nearest nanosecond to `s` seconds.
constexpr Time from_seconds(double s) {
  return Time{static_cast<std::int64_t>(s * 1e9 + (s < 0 ? -0.5 : 0.5))};
}

/// A count of bytes. Explicit from integers, so `Bytes b = 5` does not compile.
struct Bytes {
  std::int64_t n = 0;
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::int64_t count) : n(count) {}
  constexpr auto operator<=>(const Bytes&) const = default;
  constexpr Bytes& operator+=(Bytes o) { return n += o.n, *this; }
  constexpr Bytes& operator-=(Bytes o) { return n -= o.n, *this; }
};
constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes{a.n + b.n}; }
constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes{a.n - b.n}; }
constexpr Bytes operator*(Bytes a, std::int64_t k) { return Bytes{a.n * k}; }
constexpr std::int64_t operator/(Bytes a, Bytes b) { return a.n / b.n; }
constexpr Bytes operator%(Bytes a, Bytes b) { return Bytes{a.n % b.n}; }

/// A count of 512-byte sectors.
struct Sectors {
  std::int64_t n = 0;
  constexpr Sectors() = default;
  constexpr explicit Sectors(std::int64_t count) : n(count) {}
  constexpr auto operator<=>(const Sectors&) const = default;
};
inline constexpr Bytes kSectorSize{512};
constexpr Bytes to_bytes(Sectors s) { return kSectorSize * s.n; }

/// Bytes per second.
struct ByteRate {
  std::int64_t per_second = 0;
  constexpr ByteRate() = default;
  constexpr explicit ByteRate(std::int64_t bytes_per_second) : per_second(bytes_per_second) {}
  constexpr auto operator<=>(const ByteRate&) const = default;
};
/// How long `b` takes at rate `r`, rounded up to the next nanosecond.
constexpr Time operator/(Bytes b, ByteRate r) {
  const auto product = static_cast<unsigned __int128>(b.n) * 1'000'000'000u;
  return Time{static_cast<std::int64_t>((product + static_cast<unsigned __int128>(r.per_second) - 1) /
                                        static_cast<unsigned __int128>(r.per_second))};
}

inline namespace literals {
constexpr Bytes operator""_B(unsigned long long n) { return Bytes{static_cast<std::int64_t>(n)}; }
constexpr Bytes operator""_KiB(unsigned long long n) { return Bytes{static_cast<std::int64_t>(n) << 10}; }
constexpr Bytes operator""_MiB(unsigned long long n) { return Bytes{static_cast<std::int64_t>(n) << 20}; }
constexpr Bytes operator""_GiB(unsigned long long n) { return Bytes{static_cast<std::int64_t>(n) << 30}; }
constexpr Bytes operator""_GB(unsigned long long n) {
  return Bytes{static_cast<std::int64_t>(n) * 1'000'000'000};
}
constexpr ByteRate operator""_MBps(unsigned long long n) {
  return ByteRate{static_cast<std::int64_t>(n) * 1'000'000};
}
}  // namespace literals

// Text. `k` is 1000 and `Ki` is 1024; every quantity but a plain count needs its unit.
// Each parser throws std::invalid_argument whose message shows a good value ("'850' needs a number and a
// unit, for example '850MB/s'"); callers that know file and line turn it into a ConfigError.

Time parse_time(std::string_view text);           ///< 40us, 3.4ms, 2s, 1min, 100ns
Bytes parse_bytes(std::string_view text);         ///< 512B, 64KiB, 18.35GB
ByteRate parse_rate(std::string_view text);       ///< 850MB/s, 200MiB/s, 2Gb/s (bits)
std::int64_t parse_count(std::string_view text);  ///< 128
double parse_real(std::string_view text);         ///< 0.25, 1e-3
bool parse_bool(std::string_view text);           ///< true|false, on|off, yes|no

std::string format(Time t);      ///< shortest exact text that parse_time reads back, e.g. "40us"
std::string format(Bytes b);     ///< e.g. "64KiB"
std::string format(ByteRate r);  ///< e.g. "850MB/s"

}  // namespace blkpath
