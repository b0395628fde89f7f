"""Parses XML of strangers, in which nothing can grow without end."""

from xml.etree import ElementTree


class _NoDoctype(ElementTree.TreeBuilder):
    """Refuses a document type, whose entities can grow without end."""

    def doctype(self, name: str, pubid: str, system: str) -> None:
        raise ValueError("declares a document type, which annotations have no need of")


def parse_xml(content: bytes) -> ElementTree.Element:
    """Returns the root of an XML document.

    Raises:
        ValueError: if it is no XML or has a document type.
    """
    try:
        parser = ElementTree.XMLParser(target=_NoDoctype())
        return ElementTree.fromstring(content, parser)
    except ElementTree.ParseError as error:
        raise ValueError(f"is not XML ({error})") from error
    except (LookupError, RecursionError) as error:
        raise ValueError(f"is not XML that can be read ({error})") from error
