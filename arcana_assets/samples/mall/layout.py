"""The layout of the mall's landing drop: files, headers, the days of the period and how they are spelt.

Belongs here: what every file is called and looks like, and the calendar of the mall. Does not belong here: what stands
in the rows (`receipts`, `visits`, `wifi`, `app`, `people`, `identities`, `stores`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from arcana_assets.domain.months import shifted
from arcana_assets.samples.files import replacing
from arcana_assets.samples.lines import bytes_of, picked

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DAY, HOUR, MINUTE = 86_400, 3_600, 60
BEFORE = 1_500  # days before the period on which members registered at most
AFTER = 60  # days after the period on which something is still told, such as the scan of a receipt
SHORTEST_WITH_OUTAGE = 3

HEADERS: dict[str, tuple[str, ...]] = {
    "lojas": ("loja_id", "nome", "categoria", "nivel_preco", "zona_id", "piso", "area_m2", "aberta_em", "fechada_em"),
    "membros": (
        *("membro_id", "cadastro_em", "ano_nascimento", "genero", "bairro"),
        *("aceita_marketing", "aceita_perfil", "consentimento_em"),
    ),
    "identidades": ("tipo", "identificador", "membro_id", "desde", "ate"),
    "rotulos": ("cliente_id", "persona", "rotulado_em"),
    "notas": (
        *("nota_chave", "emitida_em", "lida_em", "loja_id", "cliente_id", "cartao_token", "canal"),
        *("valor", "desconto", "cupom_id"),
    ),
    "visitas": ("visita_id", "cliente_id", "zona_id", "entrou_em", "saiu_em", "visto_por"),
    "wifi": (*("sessao_id", "aparelho", "cliente_id", "zona_id", "inicio", "fim", "sinal", "endereco_privado"),),
}
"""Of the CSV files by source: UTF-8, line feeds, `;` between fields, decimal commas. `app` is JSON Lines."""
MASTERS = ("lojas", "membros", "identidades", "rotulos")
MONTHLY = ("notas", "visitas", "wifi", "app")


def month_without_wifi(months: int) -> int | None:
    """The month, counted from 0, of which the Wi-Fi file never came: the seventh of twelve; none of one or two."""
    return months // 2 if months >= SHORTEST_WITH_OUTAGE else None


def files_of(start: date, months: int) -> list[str]:
    """The files of a drop below its folder, masters first, then month by month."""
    missing = month_without_wifi(months)
    dated = [
        file_of(source, shifted(start, month))
        for month in range(months)
        for source in MONTHLY
        if source != "wifi" or month != missing
    ]
    return [*(f"{source}.csv" for source in MASTERS), *dated]


def file_of(source: str, month: date) -> str:
    return f"{source}/{source}_{month:%Y-%m}.{'jsonl' if source == 'app' else 'csv'}"


def write_file(folder: Path, name: str, source: str, lines: Iterable[pa.Array]) -> None:
    """The file with the header of its source, if it has one, from parts of lines."""
    with replacing(folder / name) as beside, beside.open("wb") as out:
        if source in HEADERS:
            out.write((";".join(HEADERS[source]) + "\n").encode())
        for part in lines:
            out.write(bytes_of(part))


@dataclass(frozen=True)
class Period:
    """The months of a drop. Days count from its first one, seconds from that day's midnight, on the local clock."""

    start: date
    months: int

    @cached_property
    def bounds(self) -> list[int]:
        """The first day of each month, and the day after the last one."""
        return [(shifted(self.start, month) - self.start).days for month in range(self.months + 1)]

    @property
    def days(self) -> int:
        return self.bounds[-1]

    def month(self, number: int) -> date:
        return shifted(self.start, number)

    def day(self, number: int) -> date:
        return self.start + timedelta(days=number)

    def weekend(self, days: Ints) -> Flags:
        """Saturdays and Sundays."""
        return np.asarray((days + self.start.weekday()) % 7 >= 5, dtype=np.bool_)

    def day_weights(self, number: int) -> tuple[Ints, Floats]:
        """Days of a month, and how busy each is: shut at Christmas and New Year, a rush before Christmas."""
        days = np.arange(self.bounds[number], self.bounds[number + 1])
        dates = [self.start + timedelta(days=day) for day in days.tolist()]
        return days, np.array([_busy(day) for day in dates])

    @cached_property
    def _dates(self) -> list[date]:
        return [self.start + timedelta(days=day) for day in range(-BEFORE, self.days + AFTER)]

    @cached_property
    def _local_days(self) -> pa.Array:
        return pa.array([f"{day:%d/%m/%Y}" for day in self._dates])

    @cached_property
    def _iso_days(self) -> pa.Array:
        return pa.array([day.isoformat() for day in self._dates])

    @cached_property
    def _clock(self) -> pa.Array:
        return pa.array([f"{s // HOUR:02}:{s // MINUTE % 60:02}:{s % 60:02}" for s in range(DAY)])

    @cached_property
    def _year_months(self) -> list[str]:
        return [f"{day:%y%m}" for day in self._dates]

    def local_days(self, days: Ints, absent: Flags | bool = False) -> pa.Array:
        """As 28/03/2024; an empty field where `absent`."""
        none = np.broadcast_to(np.asarray(absent, dtype=np.bool_), days.shape)
        return self._local_days.take(pa.array(np.where(none, 0, days + BEFORE), mask=none))

    def local_seconds(self, seconds: Ints) -> pa.Array:
        """As 28/03/2024 13:05:46."""
        return self._seconds(self._local_days, seconds, " ")

    def iso_seconds(self, seconds: Ints, absent: Flags | bool = False) -> pa.Array:
        """As 2024-03-28 13:05:46; an empty field where `absent`."""
        none = np.broadcast_to(np.asarray(absent, dtype=np.bool_), seconds.shape)
        texts = self._seconds(self._iso_days, np.where(none, 0, seconds), " ")
        return pc.if_else(pa.array(none), pa.scalar(None, pa.string()), texts) if none.any() else texts

    def offset_seconds(self, seconds: Ints) -> pa.Array:
        """As 2024-03-28T13:05:46-0300."""
        return pc.binary_join_element_wise(self._seconds(self._iso_days, seconds, "T"), "-0300", "")

    def _seconds(self, days: pa.Array, seconds: Ints, mark: str) -> pa.Array:
        of_day = days.take(pa.array(seconds // DAY + BEFORE))
        return pc.binary_join_element_wise(of_day, self._clock.take(pa.array(seconds % DAY)), mark)

    def year_months(self, days: Ints) -> Ints:
        """Two digits of the year and two of the month of each day, as one number."""
        table = np.array([int(text) for text in self._year_months], dtype=np.int64)
        return table[days + BEFORE]


def _busy(day: date) -> float:
    if (day.month, day.day) in {(12, 25), (1, 1)}:
        return 0.0
    if day.month == 12:
        return 1.7 if 8 <= day.day <= 24 else 1.3
    return {1: 0.92, 2: 0.9, 5: 1.1, 11: 1.15}.get(day.month, 1.0)


def yes_no(which: Ints) -> pa.Array:
    """1 as S, 0 as N, anything below as an empty field."""
    return picked(("N", "S"), which)


def stream(seed: int, *place: int) -> np.random.Generator:
    """The random numbers of one part of a drop; they do not depend on what other parts draw."""
    return np.random.Generator(np.random.PCG64([seed, *place]))
