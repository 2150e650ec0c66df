"""Grafana's units that are a number and a symbol: its ids, and what they print."""

# After the number as it is; an id and its symbol, ~ for a space within.
PLAIN = """humidity %H|dB dB|pixel px|accMS2 m/sec²|accFS2 f/sec²|accG g|degree °|radian rad|grad grad|arcmin arcmin
arcsec arcsec|areaM2 m²|areaF2 ft²|areaMI2 mi²|acres ac|hectares ha|ppm ppm|conppb ppb|conngm3 ng/m³|conngNm3 ng/Nm³
conμgm3 μg/m³|conμgNm3 μg/Nm³|conmgm3 mg/m³|conmgNm3 mg/Nm³|congm3 g/m³|congNm3 g/Nm³|conmgdL mg/dL|conmmolL mmol/L
dBm dbm|flowgpm gpm|flowcms cms|flowcfs cfs|flowcfm cfm|litreh L/h|flowlpm L/min|flowmlpm mL/min|lux lux|masslb lb
masst t|lengthcm cm|lengthin in|lengthft ft|lengthmi mi|pressurehpa hPa|pressurekpa kPa|pressurehg "Hg|rotrpm rpm
rotrads rad/s|rotdegs °/s|celsius °C|fahrenheit °F|farenheit °F|kelvin K|velocityms m/s|velocitykmh km/h|velocitymph mph
velocityknot kn|m3 m³|Nm3 Nm³|dm3 dm³|gallons gal"""

# With prefixes of 1000, m for a thousandth and so on: an id, its symbol, and the prefix that the number has already.
PREFIXED = """candela cd|hertz Hz|pps p/s|Bps B/s|bps b/s|KBs B/s k|Kbits b/s k|MBs B/s M|Mbits b/s M|GBs B/s G|Gbits b/s G
TBs B/s T|Tbits b/s T|PBs B/s P|Pbits b/s P|decbits b|decbytes B|deckbytes B k|decmbytes B M|decgbytes B G|dectbytes B T
decpbytes B P|flops FLOPS|mflops FLOPS M|gflops FLOPS G|tflops FLOPS T|pflops FLOPS P|eflops FLOPS E|zflops FLOPS Z
yflops FLOPS Y|watt W|kwatt W k|megwatt W M|gwatt W G|mwatt W m|Wm2 W/m²|voltamp VA|kvoltamp VA k|voltampreact VAr
kvoltampreact VAr k|watth Wh|watthperkg Wh/kg|kwatth Wh k|kwattm W-Min k|mwatth Wh M|amph Ah|kamph Ah k|mamph Ah m
joule J|ev eV|amp A|kamp A k|mamp A m|volt V|kvolt V k|mvolt V m|mohm Ω m|ohm Ω|kohm Ω k|Mohm Ω M|farad F|µfarad F µ
nfarad F n|pfarad F p|ffarad F f|henry H|mhenry H m|µhenry H µ|lumens Lm|forceNm Nm|forcekNm Nm k|forceN N|forcekN N k
Hs H/s|KHs H/s k|MHs H/s M|GHs H/s G|THs H/s T|PHs H/s P|EHs H/s E|massmg g m|massg g|masskg g k|lengthmm m m|lengthm m
lengthkm m k|pressurembar bar m|pressurebar bar|pressurekbar bar k|pressurepa Pa|radbq Bq|radci Ci|radgy Gy|radrad rad
radsv Sv|radmsv Sv m|radusv Sv µ|radrem rem|radexpckg C/kg|radr R|radsvh Sv/h|radmsvh Sv/h m|radusvh Sv/h µ|rothz Hz
rotkhz Hz k|rotmhz Hz M|rotghz Hz G|mlitre L m|litre L"""

# With prefixes of 1024: an id, its symbol, and the prefix that the number has already.
BINARY = """bytes B|kbytes B Ki|mbytes B Mi|gbytes B Gi|tbytes B Ti|pbytes B Pi|bits b|binBps B/s|binbps b/s|KiBs B/s Ki
MiBs B/s Mi|GiBs B/s Gi|TiBs B/s Ti|PiBs B/s Pi|Kibits b/s Ki|Mibits b/s Mi|Gibits b/s Gi|Tibits b/s Ti|Pibits b/s Pi"""

# With K, M, B and T between the number and the symbol.
COUNTED = """cps c/s|ops ops/s|reqps req/s|rps rd/s|wps wr/s|iops io/s|eps evt/s|mps msg/s|recps rec/s|rowsps rows/s
cpm c/m|opm ops/m|reqpm req/m|rpm rd/m|wpm wr/m|epm evts/m|mpm msgs/m|recpm rec/m|rowspm rows/m"""

# The symbol in front of such a number, or behind it where a + says so.
CURRENCIES = """USD $|GBP £|EUR €|JPY ¥|RUB ₽|UAH ₴|BRL R$|DKK +kr|ISK +kr|NOK +kr|SEK +kr|CZK czk|CHF CHF|PLN PLN|BTC ฿
mBTC mBTC|μBTC μBTC|ZAR R|INR ₹|KRW ₩|IDR Rp|PHP PHP|VND +đ|TRY +₺|MYR RM|XPF XPF|BGN BGN|PYG ₲|UYU UYU|ILS ₪"""


def entries(table):
    """The entries of a table as lists of words."""
    return [entry.split() for line in table.splitlines() for entry in line.split("|")]
