#include "formats/markdown_repair.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace evener {
namespace {

// Characters 0x80 to 0xFF of a code page; 0 where it has none.
using CodePage = std::array<char32_t, 128>;

constexpr CodePage windows_1252() {
  CodePage page{};
  constexpr std::array<char32_t, 32> first{0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020,
                                           0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
                                           0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D,
                                           0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
                                           0x0153, 0x9D,   0x017E, 0x0178};
  for (std::size_t i = 0; i < page.size(); ++i) {
    page[i] = i < first.size() ? first[i] : static_cast<char32_t>(0x80 + i);
  }
  return page;
}

constexpr CodePage windows_1254() {
  CodePage page = windows_1252();
  for (const std::size_t missing : {0x81U, 0x8DU, 0x8EU, 0x8FU, 0x90U, 0x9DU, 0x9EU}) {
    page[missing - 0x80U] = static_cast<char32_t>(missing);
  }
  page[0x50] = 0x011E;
  page[0x5D] = 0x0130;
  page[0x5E] = 0x015E;
  page[0x70] = 0x011F;
  page[0x7D] = 0x0131;
  page[0x7E] = 0x015F;
  return page;
}

constexpr CodePage mac_roman{
    0xC4,   0xC5,   0xC7,   0xC9,   0xD1,   0xD6,   0xDC,   0xE1,   0xE0,   0xE2,   0xE4,   0xE3,
    0xE5,   0xE7,   0xE9,   0xE8,   0xEA,   0xEB,   0xED,   0xEC,   0xEE,   0xEF,   0xF1,   0xF3,
    0xF2,   0xF4,   0xF6,   0xF5,   0xFA,   0xF9,   0xFB,   0xFC,   0x2020, 0xB0,   0xA2,   0xA3,
    0xA7,   0x2022, 0xB6,   0xDF,   0xAE,   0xA9,   0x2122, 0xB4,   0xA8,   0x2260, 0xC6,   0xD8,
    0x221E, 0xB1,   0x2264, 0x2265, 0xA5,   0xB5,   0x2202, 0x2211, 0x220F, 0x03C0, 0x222B, 0xAA,
    0xBA,   0x03A9, 0xE6,   0xF8,   0xBF,   0xA1,   0xAC,   0x221A, 0x0192, 0x2248, 0x2206, 0xAB,
    0xBB,   0x2026, 0xA0,   0xC0,   0xC3,   0xD5,   0x0152, 0x0153, 0x2013, 0x2014, 0x201C, 0x201D,
    0x2018, 0x2019, 0xF7,   0x25CA, 0xFF,   0x0178, 0x2044, 0x20AC, 0x2039, 0x203A, 0xFB01, 0xFB02,
    0x2021, 0xB7,   0x201A, 0x201E, 0x2030, 0xC2,   0xCA,   0xC1,   0xCB,   0xC8,   0xCD,   0xCE,
    0xCF,   0xCC,   0xD3,   0xD4,   0xF8FF, 0xD2,   0xDA,   0xDB,   0xD9,   0x0131, 0x02C6, 0x02DC,
    0xAF,   0x02D8, 0x02D9, 0x02DA, 0xB8,   0x02DD, 0x02DB, 0x02C7
};

constexpr std::array<CodePage, 3> code_pages{windows_1252(), windows_1254(), mac_roman};

// Bytes for which a Windows code page has no character, and which some readers drop.
constexpr std::array<std::uint8_t, 7> dropped{0x81, 0x8D, 0x8E, 0x8F, 0x90, 0x9D, 0x9E};

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

bool is_continuation(std::uint8_t byte) {
  return (byte & 0xC0U) == 0x80U;
}

std::optional<std::string> bytes_in(std::u32string_view run, const CodePage& page) {
  std::string bytes;
  for (const char32_t point : run) {
    std::size_t i = 0;
    while (i < page.size() && page[i] != point) ++i;
    if (i == page.size()) return std::nullopt;
    bytes += static_cast<char>(static_cast<std::uint8_t>(0x80 + i));
  }
  return bytes;
}

std::size_t length_by_first(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return 2;
  if (byte >= 0xE0 && byte <= 0xEF) return 3;
  return byte >= 0xF0 && byte <= 0xF4 ? 4 : 0;
}

// The character that `bytes` are as UTF-8, all of them.
std::optional<char32_t> decoded(std::string_view bytes) {
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const std::size_t length = length_by_first(byte_at(bytes, 0));
  if (length != bytes.size()) return std::nullopt;
  char32_t point = byte_at(bytes, 0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(byte_at(bytes, i))) return std::nullopt;
    point = (point << 6U) | (byte_at(bytes, i) & 0x3FU);
  }
  const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < least.at(length) || point > 0x10FFFF || is_surrogate) return std::nullopt;
  return point;
}

// One of `known` that `bytes` are when one dropped byte is put back.
std::optional<char32_t> with_byte_put_back(std::string_view bytes, std::u32string_view known) {
  if (length_by_first(byte_at(bytes, 0)) != bytes.size() + 1) return std::nullopt;
  for (std::size_t at = 1; at <= bytes.size(); ++at) {
    for (const std::uint8_t byte : dropped) {
      std::string whole(bytes);
      whole.insert(at, 1, static_cast<char>(byte));
      const auto point = decoded(whole);
      if (point && known.find(*point) != std::u32string_view::npos) return point;
    }
  }
  return std::nullopt;
}

std::optional<std::u32string> undone(
    std::u32string_view run, const CodePage& page, std::u32string_view known
) {
  const auto bytes = bytes_in(run, page);
  if (!bytes) return std::nullopt;
  std::u32string out;
  for (std::size_t i = 0; i < bytes->size();) {
    std::size_t end = i + 1;
    const std::size_t length = length_by_first(byte_at(*bytes, i));
    while (end < bytes->size() && end < i + length && is_continuation(byte_at(*bytes, end))) ++end;
    const std::string_view one = std::string_view(*bytes).substr(i, end - i);
    auto point = decoded(one);
    if (!point) point = with_byte_put_back(one, known);
    if (!point) return std::nullopt;
    out += *point;
    i = end;
  }
  return out;
}

void append_run(std::string& out, std::u32string_view run, std::u32string_view known) {
  if (run.size() >= 2) {
    for (const CodePage& page : code_pages) {
      if (const auto better = undone(run, page, known)) {
        for (const char32_t point : *better) append_utf8(out, point);
        return;
      }
    }
  }
  for (const char32_t point : run) append_utf8(out, point);
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : length_by_first(first);
    if (length <= 1 || i + length > text.size()) {
      out += static_cast<char32_t>(first);
      ++i;
      continue;
    }
    out += decoded(text.substr(i, length)).value_or(0xFFFD);
    i += length;
  }
  return out;
}

void append_utf8(std::string& out, char32_t point) {
  const auto add = [&](char32_t byte) {
    out += static_cast<char>(static_cast<std::uint8_t>(byte));
  };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0U | (point >> 6U));
    add(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    add(0xE0U | (point >> 12U));
    add(0x80U | ((point >> 6U) & 0x3FU));
    add(0x80U | (point & 0x3FU));
  } else {
    add(0xF0U | (point >> 18U));
    add(0x80U | ((point >> 12U) & 0x3FU));
    add(0x80U | ((point >> 6U) & 0x3FU));
    add(0x80U | (point & 0x3FU));
  }
}

std::string repaired(std::string_view text, std::u32string_view known) {
  std::string out;
  std::u32string run;
  for (const char32_t point : code_points(text)) {
    if (point >= 0x80) {
      run += point;
      continue;
    }
    if (!run.empty()) append_run(out, std::exchange(run, {}), known);
    out += static_cast<char>(point);
  }
  if (!run.empty()) append_run(out, run, known);
  return out;
}

}  // namespace evener
