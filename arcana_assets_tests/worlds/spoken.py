"""Spoken: which words of a text are of another language than it should be.

Belongs here: frequent words of each language that are none of the other. Does not belong here: what is told.
"""

import re

_WORDS = {
    "pt-BR": """
        de da dos das em na nos nas que com os um uma uns umas por para mais menos mas sem ou se ao aos pela pelo pelos
        quem qual quais este esta isto esse essa isso ele ela eles elas seu sua seus suas ser foi foram tem ter teve
        entre depois antes cada todos todas tudo nada nenhum nenhuma outro outra outros outras mesmo quando onde como
        cliente clientes mes meses dia dias segmento segmentos receita lista listas compra compras comprou valor motivo
        membro membros programa entrou saiu entraram ficou ainda agora vezes acima abaixo ritmo parcela linhas arquivos
        pagar pago pagou gasto erro modelo modelos previsto observado serve servem oferta ofertas carimbo eliminado
        """,
    "en": """
        the of and to in is are was were with who whom which this that these those not nothing nobody none customer
        customers month months day days segment revenue list lists by from than each every all if has have had on at it
        its be been would could will where when what or only more less other others both between after before above
        below member members programme program entered left stays again still now times share rows files paid pays
        spend error expected seen first last there their they
        """,
}
_ACCENTS = re.compile(r"[áéíóúãõçâêôàÁÉÍÓÚÃÕÇÂÊÔÀ]")


def of_another_language(text: str, code: str) -> list[str]:
    """The words of a text that its language does not have; of English also those with an accent.

    Names that come from data are no words of the text: leave them out, or make them of no language.
    """
    words = re.findall(r"[^\W\d_]+", text)
    others = {word for other, many in _WORDS.items() if other != code for word in many.split()}
    return sorted({each for each in words if each.lower() in others or (code == "en" and _ACCENTS.search(each))})
